import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconTemplate } from '@tabler/icons-react';
import { useState } from 'react';
import type { Draft } from '../draft/draft.js';
import { contentOf, contentProblemOf } from '../draft/draft-post.js';
import { useCreateTemplate } from '../library/templates.js';
import { Dialog } from '../ui/dialogs/dialog.js';
import { FailureNote } from '../ui/failure-note.js';
import { say } from '../ui/say.js';

/** Keeps what is written as something to start from again. */
export function SaveTemplate({ draft }: { draft: Draft }) {
  const [isAsking, setAsking] = useState(false);
  const [name, setName] = useState('');
  const create = useCreateTemplate();

  function close(): void {
    create.reset();
    setAsking(false);
  }

  return (
    <>
      <Button
        variant="subtle"
        size="md"
        leftSection={<IconTemplate size={18} stroke={1.7} aria-hidden />}
        disabled={contentProblemOf(draft) !== null}
        onClick={() => {
          setAsking(true);
        }}
      >
        Save as template
      </Button>
      <Dialog opened={isAsking} onClose={close} title="Save as template">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate(
              { name, status: contentOf(draft) },
              {
                onSuccess: () => {
                  say(`“${name.trim()}” is in your library, under Templates.`);
                  setName('');
                  close();
                },
              },
            );
          }}
        >
          <Stack>
            <TextInput
              label="Name of the template"
              placeholder="Dish of the day"
              value={name}
              onChange={(event) => {
                setName(event.currentTarget.value);
              }}
              maxLength={100}
              data-autofocus
              dir="auto"
            />
            <Text size="sm" c="dimmed">
              It keeps what the post shows, not whom it is for or when. Words in double braces, such as {'{{price}}'},
              are asked for each time.
            </Text>
            <FailureNote error={create.error} title="It was not saved" />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" disabled={name.trim() === ''} loading={create.isPending}>
                Save
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}

import { Button, Text, TextInput } from '@mantine/core';
import { IconTemplate } from '@tabler/icons-react';
import { useState } from 'react';
import type { Draft } from '../draft/draft.js';
import { linkFieldsOf } from '../draft/draft-links.js';
import { contentOf, contentProblemOf } from '../draft/draft-post.js';
import { useCreateTemplate } from '../library/templates.js';
import { FormModal } from '../ui/dialogs/form-modal.js';
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

  function save(): void {
    create.mutate(
      { name, status: { ...contentOf(draft), ...linkFieldsOf(draft) } },
      {
        onSuccess: () => {
          say(`“${name.trim()}” is in your library, under Templates.`);
          setName('');
          close();
        },
      },
    );
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
      <FormModal
        opened={isAsking}
        title="Save as template"
        act="Save"
        canAct={name.trim() !== ''}
        isPending={create.isPending}
        error={create.error}
        failure="It was not saved"
        onClose={close}
        onSubmit={save}
      >
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
          It keeps what the post shows, not whom it is for or when. Words in double braces, such as {'{{price}}'}, are
          asked for each time.
        </Text>
      </FormModal>
    </>
  );
}

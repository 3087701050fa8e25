import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { Template } from '../../../server/contract/templates.js';
import { sentenceOf } from '../api-client.js';
import { useDeleteTemplate } from '../templates.js';
import { Note } from './note.js';

interface DeleteTemplateProps {
  /** The template in question; null keeps the dialog closed. */
  template: Template | null;
  onClose: () => void;
}

export function DeleteTemplate({ template, onClose }: DeleteTemplateProps) {
  const remove = useDeleteTemplate();

  function close(): void {
    remove.reset();
    onClose();
  }

  return (
    <Modal
      opened={template !== null}
      onClose={close}
      title={<strong>Delete the template “{template?.name ?? ''}”?</strong>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text>What was posted from it stays. This cannot be undone.</Text>
        {remove.isError ? (
          <Note tone="bad" alert>
            {sentenceOf(remove.error)}
          </Note>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            Keep it
          </Button>
          <Button
            color="red.8"
            loading={remove.isPending}
            onClick={() => {
              if (template === null) return;
              remove.mutate(template.id, {
                onSuccess: () => {
                  notifications.show({ message: `The template “${template.name}” was deleted.` });
                  close();
                },
              });
            }}
          >
            Delete template
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

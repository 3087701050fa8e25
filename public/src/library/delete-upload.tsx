import { Button, Group, Stack, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { Upload, UploadUse } from '../../../server/contract/media.js';
import { useDeleteUpload } from '../files/uploads.js';
import { UseList } from './upload-uses.js';
import { Dialog } from '../ui/dialogs/dialog.js';
import { FailureNote } from '../ui/failure-note.js';
import { say } from '../ui/say.js';

interface DeleteUploadProps {
  upload: Upload;
  /** null while it is not known. */
  uses: UploadUse[] | null;
  onDeleted: () => void;
}

/** Deletes a file after asking; one that is still needed says by what instead. */
export function DeleteUpload({ upload, uses, onDeleted }: DeleteUploadProps) {
  const [isAsking, setAsking] = useState(false);
  const remove = useDeleteUpload();
  const needed = (uses ?? []).filter(({ kind, isWaiting }) => kind !== 'status' || isWaiting);
  const isNeeded = needed.length > 0;
  const past = (uses ?? []).length;

  function close(): void {
    remove.reset();
    setAsking(false);
  }

  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={18} stroke={1.7} aria-hidden />}
        disabled={uses === null}
        onClick={() => {
          setAsking(true);
        }}
      >
        Delete…
      </Button>
      <Dialog
        opened={isAsking}
        onClose={close}
        title={isNeeded ? `You cannot delete “${upload.name}” yet` : `Delete “${upload.name}”?`}
      >
        <Stack>
          {isNeeded ? (
            <>
              <Text>It is still needed. Cancel or change this first:</Text>
              <UseList uses={needed} />
            </>
          ) : null}
          {!isNeeded && past > 0 ? (
            <Text>
              {past === 1 ? 'A past post shows it' : `${String(past)} past posts show it`}. Their numbers stay, but
              their picture here goes, and they cannot be posted again. On WhatsApp nothing changes.
            </Text>
          ) : null}
          {!isNeeded && past === 0 ? <Text>Nothing uses it. This cannot be undone.</Text> : null}
          <FailureNote error={remove.error} title="It was not deleted" />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {isNeeded ? 'Close' : 'Keep it'}
            </Button>
            {isNeeded ? null : (
              <Button
                color="red.8"
                loading={remove.isPending}
                onClick={() => {
                  remove.mutate(
                    { filename: upload.filename, force: past > 0 },
                    {
                      onSuccess: () => {
                        say(`“${upload.name}” was deleted.`);
                        close();
                        onDeleted();
                      },
                    },
                  );
                }}
              >
                Delete
              </Button>
            )}
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

import { Button, Stack } from '@mantine/core';
import { IconPhotoSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { Upload, UploadKind } from '../../../../server/contract/media.js';
import { LibraryGrid } from '../../files/library-grid.js';
import { useSearchWords } from '../../lib/use-search-words.js';
import { SearchField } from '../../ui/fields/search-field.js';
import { Dialog } from '../../ui/dialogs/dialog.js';

interface LibraryPickerProps {
  kind: UploadKind;
  /** How a person calls such a file. */
  name: string;
  onPick: (upload: Upload) => void;
}

/** Offers the files that are here already, so that nothing is uploaded twice. */
export function LibraryPicker({ kind, name, onPick }: LibraryPickerProps) {
  const [isOpen, setOpen] = useState(false);
  const { typed, setTyped, search } = useSearchWords();

  function close(): void {
    setOpen(false);
  }

  return (
    <>
      <Button
        variant="subtle"
        size="sm"
        leftSection={<IconPhotoSearch size={18} stroke={1.7} aria-hidden />}
        onClick={() => {
          setOpen(true);
        }}
      >
        Choose from library
      </Button>
      <Dialog opened={isOpen} onClose={close} size="xl" title={`Choose a ${name}`}>
        <Stack>
          <SearchField label="Search names and tags" value={typed} onChange={setTyped} />
          <LibraryGrid
            filter={{ search, kind }}
            verb="Use"
            onPick={(upload) => {
              onPick(upload);
              close();
            }}
            empty={<p>No {name} was uploaded yet. What you upload is kept here for the next time.</p>}
          />
        </Stack>
      </Dialog>
    </>
  );
}

import { SegmentedControl } from '@mantine/core';
import { IconPhotoPlus, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Upload, UploadKind } from '../../../server/contract/media.js';
import { EmptyState } from '../ui/empty-state.js';
import { LibraryFile } from './library-file.js';
import { LibraryGrid } from '../files/library-grid.js';
import { useSearchWords } from '../lib/use-search-words.js';
import { SearchField } from '../ui/fields/search-field.js';
import { LibraryTabs } from './library-tabs.js';
import { LinkButton } from '../ui/link-button.js';
import { ScreenTitle } from '../ui/screen-title.js';
import classes from './library-screen.module.css';

const kinds = [
  { value: 'all', label: 'All' },
  { value: 'image', label: 'Pictures' },
  { value: 'video', label: 'Videos' },
  { value: 'audio', label: 'Voice' },
] as const;
type Shown = UploadKind | 'all';

/** Every file that was uploaded for posts: to find, name, tag, use again and delete. */
export function LibraryScreen() {
  const [kind, setKind] = useState<Shown>('all');
  const { typed, setTyped, search } = useSearchWords();
  const [opened, setOpened] = useState<Upload | null>(null);
  return (
    <>
      <ScreenTitle title="Library" hint="The pictures, videos and voice notes you uploaded, ready to post again." />
      <LibraryTabs />
      <div className={classes.tools}>
        <SegmentedControl<Shown>
          aria-label="Which files"
          value={kind}
          onChange={setKind}
          data={[...kinds]}
          radius="md"
          className={classes.kinds}
        />
        <SearchField label="Search names and tags" value={typed} onChange={setTyped} className={classes.search} />
      </div>
      <LibraryGrid
        filter={{ search, kind: kind === 'all' ? null : kind }}
        verb="Open"
        onPick={setOpened}
        empty={
          <EmptyState
            art={<IconPhotoPlus size={64} stroke={1.1} />}
            title={kind === 'all' ? 'Nothing uploaded yet' : 'Nothing of this kind yet'}
            action={
              <LinkButton to="/compose" leftSection={<IconPlus size={18} stroke={2.2} aria-hidden />}>
                Write a post
              </LinkButton>
            }
          >
            Whatever you drop into a post is kept here, made ready for WhatsApp, so that you can use it again.
          </EmptyState>
        }
      />
      <LibraryFile
        upload={opened}
        onClose={() => {
          setOpened(null);
        }}
      />
    </>
  );
}

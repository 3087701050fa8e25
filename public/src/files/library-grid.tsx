import { Button, Skeleton, VisuallyHidden } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Upload } from '../../../server/contract/media.js';
import { formatCountdown } from '../lib/format.js';
import { libraryQuery } from './uploads.js';
import type { LibraryFilter } from './uploads.js';
import { typeNames } from '../post-look/shown-post.js';
import type { ShownPost } from '../post-look/shown-post.js';
import { LoadFailure } from '../ui/load-failure.js';
import { PostCover } from '../post-look/post-cover.js';
import classes from './library-grid.module.css';

interface LibraryGridProps {
  filter: LibraryFilter;
  /** What a press on a file does, for those who hear it: "Open" or "Use". */
  verb: string;
  onPick: (upload: Upload) => void;
  /** Shown when there is nothing at all, not merely nothing that fits the search. */
  empty: ReactNode;
}

/** Uploaded files as pictures side by side, newest first. */
export function LibraryGrid({ filter, verb, onPick, empty }: LibraryGridProps) {
  const query = useInfiniteQuery(libraryQuery(filter));
  if (query.isPending) return <TileSkeletons />;
  if (query.data === undefined) {
    return <LoadFailure error={query.error} retry={() => void query.refetch()} />;
  }
  const files = query.data.pages.flatMap((page) => page.items);
  if (files.length === 0 && filter.search !== '') {
    return (
      <p className={classes.none} role="status">
        No file has “{filter.search}” in its name or tags.
      </p>
    );
  }
  if (files.length === 0) return empty;
  return (
    <>
      <ul className={classes.grid} aria-label="Files">
        {files.map((upload) => (
          <li key={upload.filename} className={classes.item}>
            <button
              type="button"
              className={classes.tile}
              onClick={() => {
                onPick(upload);
              }}
            >
              <PostCover post={shownAlone(upload)} />
              <span className={classes.words}>
                <span className={classes.name} dir="auto">
                  <VisuallyHidden>{verb} </VisuallyHidden>
                  {upload.name}
                </span>
                <span className={classes.facts}>
                  {typeNames[upload.kind]}
                  {upload.durationMs === null ? null : ` · ${formatCountdown(upload.durationMs)}`}
                  {upload.tags.length === 0 ? null : ` · ${upload.tags.join(', ')}`}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {query.hasNextPage ? (
        <div className={classes.more}>
          <Button variant="light" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
}

/** A file as a post that shows nothing else. */
function shownAlone(upload: Upload): ShownPost {
  const style = upload.backgroundColor === null ? {} : { backgroundColor: upload.backgroundColor };
  return { type: upload.kind, content: '', caption: null, style, media: upload, preview: null };
}

function TileSkeletons() {
  return (
    <div className={classes.grid} role="status" aria-label="Loading files">
      {[0, 1, 2, 3, 4, 5].map((each) => (
        <Skeleton key={each} height={240} radius={16} />
      ))}
    </div>
  );
}

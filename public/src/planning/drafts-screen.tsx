import { Skeleton } from '@mantine/core';
import { IconNotes, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { EmptyState } from '../ui/empty-state.js';
import { LinkButton } from '../ui/link-button.js';
import { Loaded } from '../ui/loaded.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { ConfirmModal } from '../ui/dialogs/confirm-modal.js';
import { DraftRow, savedTitle } from './draft-row.js';
import { PlanTabs } from './plan-tabs.js';
import { savedDraftsQuery, useDeleteDraft, type SavedDraft } from '../draft/saved-drafts.js';
import classes from '../ui/listing.module.css';

/** Posts that were put aside, last changed first. */
export function DraftsScreen() {
  const drafts = useQuery(savedDraftsQuery);
  const [deleting, setDeleting] = useState<SavedDraft | null>(null);
  const remove = useDeleteDraft();

  function close(): void {
    setDeleting(null);
  }

  return (
    <>
      <ScreenTitle title="Drafts" hint="Posts that were put aside. Everybody who signs in here can go on with them." />
      <PlanTabs />
      <Loaded query={drafts} skeleton={<Skeleton height={240} radius={20} role="status" aria-label="Loading" />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              art={<IconNotes size={64} stroke={1.1} className={classes.art} />}
              title="No drafts"
              action={
                <LinkButton to="/compose" leftSection={<IconPlus size={18} stroke={2.2} aria-hidden />}>
                  Write a post
                </LinkButton>
              }
            >
              Not ready yet? Press “Save as draft” under a post: it waits here until you go on.
            </EmptyState>
          ) : (
            <ul className={classes.list} aria-label="Drafts">
              {items.map((saved) => (
                <DraftRow key={saved.id} saved={saved} onDelete={setDeleting} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <ConfirmModal
        opened={deleting !== null}
        title="Delete this draft?"
        act="Delete draft"
        action={remove}
        onConfirm={() => {
          if (deleting !== null) remove.mutate(deleting.id, { onSuccess: close });
        }}
        onClose={close}
      >
        “{deleting === null ? '' : savedTitle(deleting).slice(0, 120)}” is gone then, for everybody.
      </ConfirmModal>
    </>
  );
}

import { ActionIcon, Button, Skeleton } from '@mantine/core';
import { IconPlus, IconTag, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Tag } from '../../../server/contract/audiences.js';
import { useRemoveTag } from './actions.js';
import { tagsQuery } from './queries.js';
import { peopleCount } from '../lib/format.js';
import { ConfirmModal } from '../ui/dialogs/confirm-modal.js';
import { EmptyState } from '../ui/empty-state.js';
import { Loaded } from '../ui/loaded.js';
import { PersonRow } from './person-row.js';
import { TagPeopleModal } from './tag-people-modal.js';
import { Panel } from '../ui/panel.js';
import listing from '../ui/listing.module.css';
import listClasses from './lists/lists-panel.module.css';

/** Tags and how many people have each. */
export function TagsPanel() {
  const tags = useQuery(tagsQuery);
  const [isAdding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Tag | null>(null);
  const add = (
    <Button
      leftSection={<IconPlus size={18} aria-hidden />}
      onClick={() => {
        setAdding(true);
      }}
    >
      Tag people
    </Button>
  );
  function close(): void {
    setAdding(false);
  }
  return (
    <>
      <Loaded query={tags} skeleton={<Skeleton height={220} radius={20} role="status" aria-label="Loading tags" />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              art={<IconTag size={64} stroke={1.1} className={listing.art} />}
              title="Nobody has a tag yet"
              action={add}
            >
              A tag is a word on a person, such as vip. One person may have many. Post to everybody with a tag, or leave
              them out.
            </EmptyState>
          ) : (
            <>
              <div className={listClasses.tools}>{add}</div>
              <Panel label="Tags">
                <ul className={listClasses.rows}>
                  {items.map((tag) => (
                    <PersonRow
                      key={tag.tag}
                      name={tag.tag}
                      detail={peopleCount(tag.peopleCount)}
                      action={
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={`Delete the tag ${tag.tag}`}
                          onClick={() => {
                            setDeleting(tag);
                          }}
                        >
                          <IconTrash size={18} stroke={1.7} aria-hidden />
                        </ActionIcon>
                      }
                    />
                  ))}
                </ul>
              </Panel>
            </>
          )
        }
      </Loaded>
      {isAdding ? <TagPeopleModal numbers={null} onClose={close} onDone={close} /> : null}
      {deleting === null ? null : (
        <DeleteTag
          tag={deleting}
          onClose={() => {
            setDeleting(null);
          }}
        />
      )}
    </>
  );
}

function DeleteTag({ tag, onClose }: { tag: Tag; onClose: () => void }) {
  const remove = useRemoveTag();
  return (
    <ConfirmModal
      opened
      title={`Delete the tag “${tag.tag}”?`}
      act="Delete the tag"
      action={remove}
      onClose={onClose}
      onConfirm={() => {
        remove.mutate({ tag: tag.tag }, { onSuccess: onClose });
      }}
    >
      {peopleCount(tag.peopleCount)} will not have it any more. The people themselves stay on their lists. This cannot
      be undone.
    </ConfirmModal>
  );
}

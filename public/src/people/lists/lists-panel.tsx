import { Button, Skeleton } from '@mantine/core';
import { IconListDetails, IconPlus, IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { AudienceList } from '../../../../server/contract/audiences.js';
import { audiencesQuery } from '../queries.js';
import { formatAgo, peopleCount } from '../../lib/format.js';
import { useNow } from '../../lib/use-now.js';
import { EmptyState } from '../../ui/empty-state.js';
import { ListNameModal } from './list-name-modal.js';
import { Loaded } from '../../ui/loaded.js';
import listing from '../../ui/listing.module.css';
import classes from './lists-panel.module.css';

/** The lists, by name. */
export function ListsPanel() {
  const lists = useQuery(audiencesQuery);
  const [isNaming, setNaming] = useState(false);
  const navigate = useNavigate();
  const make = (
    <Button
      leftSection={<IconPlus size={18} aria-hidden />}
      onClick={() => {
        setNaming(true);
      }}
    >
      New list
    </Button>
  );
  return (
    <>
      <Loaded query={lists} skeleton={<Skeleton height={220} radius={20} role="status" aria-label="Loading lists" />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              art={<IconListDetails size={64} stroke={1.1} className={listing.art} />}
              title="No lists yet"
              action={make}
            >
              A list holds people you post to together: regulars, one town, those of a campaign. Paste their numbers, or
              import them from a spreadsheet.
            </EmptyState>
          ) : (
            <>
              <div className={classes.tools}>{make}</div>
              <Lists lists={items} />
            </>
          )
        }
      </Loaded>
      {isNaming ? (
        <ListNameModal
          list={null}
          onClose={() => {
            setNaming(false);
          }}
          onDone={({ id }) => void navigate({ to: '/people/lists/$listId', params: { listId: id } })}
        />
      ) : null}
    </>
  );
}

function Lists({ lists }: { lists: AudienceList[] }) {
  const nowMs = useNow();
  const byName = lists.toSorted((one, other) => one.name.localeCompare(other.name));
  return (
    <ul className={listing.list} aria-label="Lists">
      {byName.map((list) => (
        <li key={list.id}>
          <Link to="/people/lists/$listId" params={{ listId: list.id }} className={classes.link}>
            <span className={classes.name}>{list.name}</span>
            <span className={classes.detail}>Made {formatAgo(list.createdAt, nowMs)}</span>
            <span className={classes.count}>{peopleCount(list.memberCount)}</span>
            <IconChevronRight size={18} aria-hidden className={classes.arrow} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

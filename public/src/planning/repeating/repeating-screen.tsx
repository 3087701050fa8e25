import { Skeleton } from '@mantine/core';
import { IconCalendarRepeat, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schedule } from '../../../../server/contract/planning/schedules.js';
import { ConfirmModal } from '../../ui/dialogs/confirm-modal.js';
import { EmptyState } from '../../ui/empty-state.js';
import { LinkButton } from '../../ui/link-button.js';
import { Loaded } from '../../ui/loaded.js';
import { ScreenTitle } from '../../ui/screen-title.js';
import { draftToRepeat } from '../../draft/draft.js';
import { EditScheduleModal } from './edit-schedule-modal.js';
import { useDeleteSchedule } from '../actions.js';
import { schedulesQuery } from '../queries.js';
import { PlanTabs } from '../plan-tabs.js';
import { ScheduleRow } from './schedule-row.js';
import { scheduleTitle } from './schedule-title.js';
import { useAccountNames } from '../../accounts/queries.js';
import classes from '../../ui/listing.module.css';

const rank: Record<Schedule['state'], number> = { active: 0, paused: 1, ended: 2 };

/** What comes again and again, on all accounts, the next one first. */
export function RepeatingScreen() {
  const schedules = useQuery(schedulesQuery);
  const { change } = useSearch({ from: '/calendar/repeating' });
  const [editingId, setEditingId] = useState<string | null>(change ?? null);
  const [deleting, setDeleting] = useState<Schedule | null>(null);
  const names = useAccountNames();
  const items = schedules.data?.items;
  const inOrder = [...(items ?? [])].sort(
    (a, b) => rank[a.state] - rank[b.state] || (a.nextAt ?? '').localeCompare(b.nextAt ?? ''),
  );
  const write = (
    <LinkButton to="/compose" onClick={draftToRepeat} leftSection={<IconPlus size={18} stroke={2.2} aria-hidden />}>
      Write one
    </LinkButton>
  );
  return (
    <>
      <ScreenTitle
        title="Repeating posts"
        hint="They go out again and again, by themselves."
        {...(inOrder.length > 0 ? { actions: write } : {})}
      />
      <PlanTabs />
      <Loaded query={schedules} skeleton={<Skeleton height={240} radius={20} role="status" aria-label="Loading" />}>
        {() =>
          inOrder.length === 0 ? (
            <EmptyState
              art={<IconCalendarRepeat size={64} stroke={1.1} className={classes.art} />}
              title="Nothing repeats yet"
              action={write}
            >
              The menu of the day, a good morning, the weekly offer: write it once, choose “Repeat”, and it goes out
              each time.
            </EmptyState>
          ) : (
            <ul className={classes.list} aria-label="Repeating posts">
              {inOrder.map((schedule) => (
                <ScheduleRow
                  key={schedule.id}
                  schedule={schedule}
                  account={names.get(schedule.sessionId) ?? ''}
                  onEdit={({ id }) => {
                    setEditingId(id);
                  }}
                  onDelete={setDeleting}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
      <EditScheduleModal
        schedule={items?.find(({ id }) => id === editingId) ?? null}
        onClose={() => {
          setEditingId(null);
        }}
      />
      <DeleteSchedule
        schedule={deleting}
        onClose={() => {
          setDeleting(null);
        }}
      />
    </>
  );
}

function DeleteSchedule({ schedule, onClose }: { schedule: Schedule | null; onClose: () => void }) {
  const remove = useDeleteSchedule();
  return (
    <ConfirmModal
      opened={schedule !== null}
      title={`Delete “${schedule === null ? '' : scheduleTitle(schedule).slice(0, 60)}”?`}
      act="Delete it"
      action={remove}
      onConfirm={() => {
        if (schedule !== null) remove.mutate(schedule, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      It does not go out any more. What it posted until now stays. To stop it for a while only, pause it instead.
    </ConfirmModal>
  );
}

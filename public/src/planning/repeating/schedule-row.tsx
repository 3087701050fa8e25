import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconPencil, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import type { Schedule } from '../../../../server/contract/planning/schedules.js';
import { ToneBadge } from '../../ui/tone-badge.js';
import type { Tone } from '../../ui/tone.js';
import { formatPlanned } from '../../lib/days.js';
import { AccountDot } from '../account-dot.js';
import { useChangeSchedule } from '../actions.js';
import { wordsOfRule } from '../../draft/repeat-words.js';
import { scheduleTitle } from './schedule-title.js';
import { sayFailure } from '../../ui/say.js';
import classes from './schedule-row.module.css';

interface ScheduleRowProps {
  schedule: Schedule;
  /** The name of its account; empty while it is not known. */
  account: string;
  onEdit: (schedule: Schedule) => void;
  onDelete: (schedule: Schedule) => void;
}

const stateWords: Record<Schedule['state'], { label: string; tone: Tone }> = {
  active: { label: 'Active', tone: 'good' },
  paused: { label: 'Paused', tone: 'attention' },
  ended: { label: 'Ended', tone: 'quiet' },
};

/** One repeating post: what, how often, when next. */
export function ScheduleRow({ schedule, account, onEdit, onDelete }: ScheduleRowProps) {
  const { id, sessionId, rule, startsAt, state, nextAt } = schedule;
  const change = useChangeSchedule();
  const title = scheduleTitle(schedule);
  const { label, tone } = stateWords[state];

  function turn(next: 'paused' | 'active'): void {
    change.mutate(
      { place: { sessionId, id }, body: { state: next } },
      {
        onError: sayFailure('Nothing was changed'),
      },
    );
  }

  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <span className={classes.title} dir="auto">
          {title}
        </span>
        <span className={classes.rule}>{wordsOfRule(rule, startsAt)}</span>
        <span className={classes.meta}>
          <AccountDot sessionId={sessionId} />
          {account}
          {state === 'active' && nextAt !== null ? <span> · next {formatPlanned(nextAt)}</span> : null}
        </span>
      </div>
      <ToneBadge tone={tone}>{label}</ToneBadge>
      <Menu position="bottom-end" shadow="md" radius="md">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            loading={change.isPending}
            aria-label={`More for ${title}`}
          >
            <IconDots size={20} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconPencil size={17} aria-hidden />}
            onClick={() => {
              onEdit(schedule);
            }}
          >
            Change…
          </Menu.Item>
          {state === 'active' ? (
            <Menu.Item
              leftSection={<IconPlayerPause size={17} aria-hidden />}
              onClick={() => {
                turn('paused');
              }}
            >
              Pause
            </Menu.Item>
          ) : null}
          {state === 'paused' ? (
            <Menu.Item
              leftSection={<IconPlayerPlay size={17} aria-hidden />}
              onClick={() => {
                turn('active');
              }}
            >
              Go on
            </Menu.Item>
          ) : null}
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={17} aria-hidden />}
            onClick={() => {
              onDelete(schedule);
            }}
          >
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}

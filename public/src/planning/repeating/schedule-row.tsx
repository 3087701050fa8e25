import { IconPencil, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import type { Schedule } from '../../../../server/contract/planning/schedules.js';
import { ToneBadge } from '../../ui/tone-badge.js';
import type { Tone } from '../../ui/tone.js';
import { formatPlanned } from '../../lib/days.js';
import { AccountDot } from '../account-dot.js';
import { useChangeSchedule } from '../actions.js';
import { wordsOfRule } from '../../draft/repeat-words.js';
import { scheduleTitle } from './schedule-title.js';
import { sayFailure } from '../../ui/say.js';
import { MoreAction, MoreMenu } from '../../ui/more-menu.js';
import classes from '../planning-row.module.css';

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
      <MoreMenu label={`More for ${title}`} size="lg" isPending={change.isPending}>
        <MoreAction
          Icon={IconPencil}
          onAct={() => {
            onEdit(schedule);
          }}
        >
          Change…
        </MoreAction>
        {state === 'active' ? (
          <MoreAction
            Icon={IconPlayerPause}
            onAct={() => {
              turn('paused');
            }}
          >
            Pause
          </MoreAction>
        ) : null}
        {state === 'paused' ? (
          <MoreAction
            Icon={IconPlayerPlay}
            onAct={() => {
              turn('active');
            }}
          >
            Go on
          </MoreAction>
        ) : null}
        <MoreAction
          Icon={IconTrash}
          isDanger
          onAct={() => {
            onDelete(schedule);
          }}
        >
          Delete…
        </MoreAction>
      </MoreMenu>
    </li>
  );
}

import { Button, Loader } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { sentenceOf } from '../../lib/api-client.js';
import { formatMoment, formatNumber, peopleCount } from '../../lib/format.js';
import { aboutDuration, missingListWords, reasonWords, reasonsOf } from './reach-words.js';
import type { Reach } from './use-reach.js';
import { Note } from '../../ui/note.js';
import { ReachPeople } from './reach-people.js';
import classes from './audience-reach.module.css';

interface AudienceReachProps {
  reach: Reach;
  /** Names of the accounts by their ids, for when there are several. */
  accountNames: ReadonlyMap<string, string>;
  /** The post would go out at once, so that a wait for the account is worth a word. */
  isNow: boolean;
}

/** How many people a post would go to, who is left out and why, and how long it would take. */
export function AudienceReach({ reach, accountNames, isNow }: AudienceReachProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { people, leftOut, error, isCurrent } = reach;
  if (error !== null) return <ReachFailure error={error} retry={reach.retry} />;
  if (reach.previews.length === 0) {
    return (
      <div className={classes.root} role="status">
        <Loader size={18} aria-hidden /> Counting who gets it…
      </div>
    );
  }
  const previews = reach.previews.map(({ preview }) => preview);
  const reasons = reasonsOf(previews);
  if (people === 0) return <NobodyLeft reach={reach} />;
  const missing = missingListWords(reach.previews, accountNames);
  return (
    <section className={classes.panel} aria-label="Who gets it" data-old={!isCurrent || undefined}>
      <div className={classes.head}>
        <IconUsers size={26} stroke={1.7} aria-hidden className={classes.icon} />
        <div aria-live="polite" className={classes.words}>
          <p className={classes.main}>
            Goes to <strong className="tabular">{peopleCount(people)}</strong>
            {previews.length > 1 ? ` through ${formatNumber(previews.length)} accounts` : ''}
          </p>
          <p className={classes.sub}>
            {leftOut === 0 ? 'Nobody is left out' : `${formatNumber(leftOut)} left out (${reasonLine(reasons)})`}
            {'; '}
            {whenWords(reach, isNow)}
          </p>
          {missing === null ? null : <p className={classes.sub}>{missing}</p>}
        </div>
        <Button
          variant="light"
          size="compact-md"
          aria-expanded={isOpen}
          {...(isOpen ? { 'aria-controls': id } : {})}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          {isOpen ? 'Hide who' : 'See who'}
        </Button>
      </div>
      {isOpen ? (
        <div id={id} className={classes.detail}>
          {reasons.map(({ reason, count }) => (
            <p key={reason} className={classes.reason}>
              <strong className="tabular">{formatNumber(count)}</strong> {reasonWords[reason].short}.{' '}
              <span className={classes.long}>{reasonWords[reason].long}</span>
            </p>
          ))}
          {reach.previews.map(({ sessionId, preview }) => (
            <ReachPeople
              key={sessionId}
              account={previews.length > 1 ? (accountNames.get(sessionId) ?? '') : null}
              preview={preview}
            />
          ))}
        </div>
      ) : null}
    </section>
  );
}

function reasonLine(reasons: ReturnType<typeof reasonsOf>): string {
  return reasons.map(({ reason, count }) => `${reasonWords[reason].short} ${formatNumber(count)}`).join(', ');
}

/** When it starts where it has to wait, and how long the slowest account takes. */
function whenWords({ previews }: Reach, isNow: boolean): string {
  const seconds = Math.max(...previews.map(({ preview }) => preview.estimatedSeconds));
  const starts = previews.flatMap(({ preview }) => preview.startsAt ?? []).sort();
  const last = starts.at(-1);
  if (!isNow || last === undefined || Date.parse(last) - Date.now() < 60_000) return `takes ${aboutDuration(seconds)}`;
  return `starts ${formatMoment(last)}, when the account may post again, and takes ${aboutDuration(seconds)}`;
}

function NobodyLeft({ reach }: { reach: Reach }) {
  return (
    <Note tone="attention" title="Nobody would get this">
      {nobodyWords(reach)}
    </Note>
  );
}

/** Why an audience has nobody in it, and what to do about it. */
export function nobodyWords({ previews, leftOut }: Pick<Reach, 'previews' | 'leftOut'>): string {
  if (leftOut === 0) {
    return 'There is no one in this audience yet. Contacts come from the phone after linking; segments fill as people view.';
  }
  const reasons = reasonsOf(previews.map(({ preview }) => preview));
  const everybody = leftOut === 1 ? 'The one person in it is left out' : 'Everybody in it is left out';
  return `${everybody}: ${reasonLine(reasons)}. Choose other people, or take an exception back.`;
}

function ReachFailure({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <Note tone="attention" title="Who gets it could not be counted">
      {sentenceOf(error)}{' '}
      <Button variant="subtle" size="compact-sm" onClick={retry}>
        Try again
      </Button>
    </Note>
  );
}

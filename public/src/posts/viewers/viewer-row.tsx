import { memo } from 'react';
import type { Viewer } from '../../../../server/contract/viewers.js';
import { formatDateTime, formatMoment, formatPhoneNumber, initialsOf } from '../../lib/format.js';
import classes from './viewer-row.module.css';

interface ViewerRowProps {
  viewer: Viewer;
  /** When the list came on screen; who viewed later arrives in front of the reader's eyes. */
  openedAtMs: number;
}

/** One person: who, and since when it is known that they have it or viewed it. */
export const ViewerRow = memo(function ViewerRow({ viewer, openedAtMs }: ViewerRowProps) {
  const { name, number, viewedAt, deliveredAt, reaction, replied } = viewer;
  const phone = number === null ? null : formatPhoneNumber(number);
  const title = name ?? phone ?? 'Number not known yet';
  const arrived = viewedAt !== null && Date.parse(viewedAt) >= openedAtMs;
  return (
    <li className={classes.row} data-arrived={arrived || undefined}>
      <span className={classes.avatar} data-hue={hueOf(viewer.personId)} aria-hidden>
        {name === null ? '#' : initialsOf(name)}
      </span>
      <span className={classes.who}>
        <span className={classes.name}>{title}</span>
        {name === null || phone === null ? null : <span className={classes.number}>{phone}</span>}
      </span>
      {reaction === null ? null : <span aria-label={`Reacted with ${reaction}`}>{reaction}</span>}
      {replied ? <span className={classes.replied}>Replied</span> : null}
      <Since viewedAt={viewedAt} deliveredAt={deliveredAt} />
    </li>
  );
});

function Since({ viewedAt, deliveredAt }: Pick<Viewer, 'viewedAt' | 'deliveredAt'>) {
  const at = viewedAt ?? deliveredAt;
  if (at === null) return <span className={classes.when}>Not delivered yet</span>;
  return (
    <span className={classes.when}>
      {viewedAt === null ? 'Delivered ' : <span className={classes.viewed}>Viewed </span>}
      <time dateTime={at} title={formatDateTime(at)}>
        {formatMoment(at, { seconds: true })}
      </time>
    </span>
  );
}

const hues = 6;

/** The same person keeps the same colour. */
function hueOf(personId: string): number {
  let sum = 0;
  for (const letter of personId) sum += letter.codePointAt(0) ?? 0;
  return sum % hues;
}

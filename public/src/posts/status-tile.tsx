import { IconLink, IconMicrophone } from '@tabler/icons-react';
import type { Status } from '../../../server/contract/statuses.js';
import { percentOf } from '../lib/format.js';
import { lookOf } from '../post-look/status-look.js';
import { wasPosted } from '../post-look/status-states.js';
import { MediaThumb } from '../post-look/media-thumb.js';
import classes from './status-tile.module.css';

/** A post in a ring, as WhatsApp shows it; the ring fills with the share of those reached who viewed it. */
export function StatusTile({ status }: { status: Status }) {
  const share = wasPosted(status) ? (percentOf(status.counts.viewed, status.counts.targeted) ?? 0) : 0;
  return (
    <span className={classes.tile} aria-hidden>
      <svg viewBox="0 0 64 64" className={classes.ring}>
        <circle cx="32" cy="32" r="29.5" className={classes.track} />
        {share > 0 ? (
          <circle
            cx="32"
            cy="32"
            r="29.5"
            pathLength="100"
            className={classes.share}
            style={{ strokeDasharray: `${String(share)} 100` }}
          />
        ) : null}
      </svg>
      <Disc status={status} />
    </span>
  );
}

function Disc({ status }: { status: Status }) {
  const { type, content, media, style } = status;
  if (type === 'image' || type === 'video') return <MediaThumb kind={type} media={media} round />;
  const look = lookOf(style);
  const icons = { audio: <IconMicrophone size={24} stroke={1.6} />, url: <IconLink size={24} stroke={1.6} /> };
  return (
    <span
      className={classes.disc}
      style={{
        backgroundColor: look.background,
        color: look.color,
        fontFamily: look.font.family,
        fontWeight: look.font.weight,
      }}
    >
      {type === 'text' ? content.slice(0, 60) : icons[type]}
    </span>
  );
}

import { IconMicrophone } from '@tabler/icons-react';
import type { StatusMedia } from '../../../server/contract/statuses.js';
import { formatCountdown } from '../lib/format.js';
import { useMedia } from './use-media.js';
import classes from './voice-note.module.css';

/** A voice note with a player; what plays is the file that is posted. */
export function VoiceNote({ media }: { media: StatusMedia }) {
  const address = useMedia(media.url);
  return (
    <div className={classes.note}>
      <span className={classes.line}>
        <IconMicrophone size={30} stroke={1.6} aria-hidden />
        <span className={classes.length}>{formatCountdown(media.durationMs ?? 0)}</span>
      </span>
      {address === null ? null : (
        <audio className={classes.player} src={address} aria-label="The voice note" controls />
      )}
    </div>
  );
}

import { Tooltip } from '@mantine/core';
import { useLiveState } from './live-events.js';
import type { LiveState } from './live-events.js';
import classes from './live-pill.module.css';

const words: Record<LiveState['connection'], { label: string; hint: string }> = {
  connecting: { label: 'Connecting', hint: 'Opening the live connection to the server.' },
  live: { label: 'Live', hint: 'What happens on WhatsApp shows here by itself.' },
  lost: { label: 'Offline', hint: 'The live connection is gone. It is tried again by itself.' },
};

/** Whether what is on screen follows WhatsApp as it happens. */
export function LivePill() {
  const { connection } = useLiveState();
  return (
    <Tooltip label={words[connection].hint}>
      <span className={classes.pill} data-state={connection} role="status" tabIndex={0}>
        <span className={classes.dot} aria-hidden />
        {words[connection].label}
      </span>
    </Tooltip>
  );
}

import type { ReactNode } from 'react';
import type { Tone } from './tone.js';
import classes from './tone-badge.module.css';

interface ToneBadgeProps {
  tone: Tone;
  /** Shows that something is under way. */
  busy?: boolean;
  children: ReactNode;
}

/** A state in a word and a colour; the word alone says it too. */
export function ToneBadge({ tone, busy = false, children }: ToneBadgeProps) {
  return (
    <span className={classes.badge} data-tone={tone} data-busy={busy || undefined}>
      <span className={classes.dot} aria-hidden />
      {children}
    </span>
  );
}

import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Tone } from './tone.js';
import classes from './note.module.css';

interface NoteProps {
  tone: Extract<Tone, 'bad' | 'attention' | 'quiet'>;
  title?: string | undefined;
  children: ReactNode;
  /** Read out at once when it appears. */
  alert?: boolean;
}

/** A sentence or two that a person should not miss. */
export function Note({ tone, title, children, alert = false }: NoteProps) {
  const Icon = tone === 'quiet' ? IconInfoCircle : IconAlertTriangle;
  return (
    <div className={classes.note} data-tone={tone} role={alert ? 'alert' : undefined}>
      <Icon size={19} stroke={1.9} aria-hidden className={classes.icon} />
      <div>
        {title === undefined ? null : <strong className={classes.title}>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

import type { ReactNode } from 'react';
import classes from './panel.module.css';

interface PanelProps {
  label: string;
  /** What narrows the rows down, above them. */
  tools?: ReactNode;
  /** A line about all of them. */
  summary?: ReactNode;
  children: ReactNode;
}

/** A framed list of people or things. */
export function Panel({ label, tools, summary, children }: PanelProps) {
  return (
    <section className={classes.panel} aria-label={label}>
      {tools === undefined ? null : <div className={classes.tools}>{tools}</div>}
      {summary === undefined ? null : <div className={classes.summary}>{summary}</div>}
      {children}
    </section>
  );
}

import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './empty-state.module.css';

interface EmptyStateProps {
  art?: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** What a screen shows while it has nothing to show: why, and the way on. */
export function EmptyState({ art, title, children, action }: EmptyStateProps) {
  return (
    <section className={classes.root}>
      {art === undefined ? null : (
        <div className={classes.art} aria-hidden>
          {art}
        </div>
      )}
      <Title order={2}>{title}</Title>
      <div className={classes.text}>{children}</div>
      {action}
    </section>
  );
}

import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { peopleCount } from '../lib/format.js';
import classes from './picked-bar.module.css';

interface PickedBarProps {
  count: number;
  onClear: () => void;
  /** What can be done with them. */
  children: ReactNode;
}

/** Stays in sight while people are ticked, with what can be done with them. */
export function PickedBar({ count, onClear, children }: PickedBarProps) {
  if (count === 0) return null;
  return (
    <div className={classes.bar} role="region" aria-label="Chosen people">
      <strong className={classes.count} aria-live="polite">
        {peopleCount(count)} chosen
      </strong>
      {children}
      <Button variant="subtle" color="gray" size="compact-md" onClick={onClear}>
        Choose none
      </Button>
    </div>
  );
}

import type { ReactNode } from 'react';
import { Title } from '@mantine/core';
import { useEffect } from 'react';
import classes from './screen-title.module.css';

interface ScreenTitleProps {
  title: string;
  hint?: ReactNode;
  /** Where this screen belongs, above the title. */
  back?: ReactNode;
  actions?: ReactNode;
}

/** The heading of a screen and of the browser tab. */
export function ScreenTitle({ title, hint, back, actions }: ScreenTitleProps) {
  useEffect(() => {
    document.title = `${title} · Statuscast`;
  }, [title]);
  return (
    <div className={classes.root}>
      <div>
        {back}
        <Title order={1}>{title}</Title>
        {hint === undefined ? null : <p className={classes.hint}>{hint}</p>}
      </div>
      {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
    </div>
  );
}

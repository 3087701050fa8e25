import type { ReactNode } from 'react';
import classes from './beside-post.module.css';

/** A small box with more about a post. `label` names it where the title alone does not. */
export function BesidePost({ title, label, children }: { title: string; label?: string; children: ReactNode }) {
  return (
    <section className={classes.root} aria-label={label ?? title}>
      <h2 className={classes.title}>{title}</h2>
      {children}
    </section>
  );
}

import { Checkbox } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './person-row.module.css';

interface PersonRowProps {
  name: string;
  detail: string;
  tags?: readonly string[];
  /** Missing where rows are not ticked; null where this one cannot be. */
  picked?: { isPicked: boolean; toggle: () => void } | null;
  action?: ReactNode;
}

/** One person in a list, to be ticked or to be acted on. */
export function PersonRow({ name, detail, tags = [], picked, action }: PersonRowProps) {
  return (
    <li className={classes.row}>
      {picked === undefined ? null : (
        <Checkbox
          aria-label={`Choose ${name}`}
          checked={picked?.isPicked ?? false}
          disabled={picked === null}
          onChange={() => picked?.toggle()}
        />
      )}
      <span className={classes.who}>
        <span className={classes.name} dir="auto">
          {name}
        </span>
        <span className={classes.detail}>{detail}</span>
      </span>
      {tags.length === 0 ? null : (
        <span className={classes.tags} aria-label={`Tags: ${tags.join(', ')}`}>
          {tags.map((tag) => (
            <span key={tag} className={classes.tag}>
              {tag}
            </span>
          ))}
        </span>
      )}
      {action}
    </li>
  );
}

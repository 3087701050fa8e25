import type { ReactNode } from 'react';
import classes from './field-group.module.css';

interface FieldGroupProps {
  legend: string;
  className?: string | undefined;
  children: ReactNode;
}

/** Fields that are one question together, under it. */
export function FieldGroup({ legend, className = '', children }: FieldGroupProps) {
  return (
    <fieldset className={`${classes.group} ${className}`}>
      <legend className={classes.legend}>{legend}</legend>
      {children}
    </fieldset>
  );
}

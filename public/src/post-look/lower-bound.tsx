import { ActionIcon, Popover } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import classes from './lower-bound.module.css';

/** Explains why the number of known views is the least it can be. */
export function LowerBound() {
  return (
    <Popover width={290} shadow="md" radius="md" position="bottom-end" withArrow trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon
          variant="transparent"
          size={24}
          aria-label="Why known views are a lower bound"
          className={classes.icon}
        >
          <IconInfoCircle size={17} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={classes.words} tabIndex={-1} data-autofocus>
        <strong>At least this many.</strong> WhatsApp tells you of a view only if both you and the viewer have read
        receipts turned on. People who turned them off can look without being counted, so the real number may be higher.
      </Popover.Dropdown>
    </Popover>
  );
}

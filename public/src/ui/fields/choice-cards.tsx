import type { Icon } from '@tabler/icons-react';
import { FieldGroup } from './field-group.js';
import classes from './choice-cards.module.css';

interface Choice<T extends string> {
  value: T;
  label: string;
  hint: string;
  Icon: Icon;
}

interface ChoiceCardsProps<T extends string> {
  legend: string;
  name: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
}

/** A few alternatives side by side, one of which is chosen. */
export function ChoiceCards<T extends string>({ legend, name, choices, value, onChange }: ChoiceCardsProps<T>) {
  return (
    <FieldGroup legend={legend}>
      <div className={classes.cards}>
        {choices.map((choice) => (
          <label key={choice.value} className={classes.card}>
            <input
              type="radio"
              className={classes.input}
              name={name}
              checked={value === choice.value}
              onChange={() => {
                onChange(choice.value);
              }}
            />
            <choice.Icon size={24} stroke={1.7} aria-hidden className={classes.icon} />
            <span>
              <span className={classes.label}>{choice.label}</span>
              <span className={classes.hint}>{choice.hint}</span>
            </span>
          </label>
        ))}
      </div>
    </FieldGroup>
  );
}

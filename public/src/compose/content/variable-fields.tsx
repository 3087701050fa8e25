import { TextInput } from '@mantine/core';
import type { Draft } from '../../draft/draft.js';
import { variablesOf } from '../../draft/draft-variables.js';
import classes from './variable-fields.module.css';

interface VariableFieldsProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

/** A field for each word in double braces that somebody has to fill in; nothing where there is none. */
export function VariableFields({ draft, onChange }: VariableFieldsProps) {
  const { open, own } = variablesOf(draft);
  if (open.length + own.length === 0) return null;
  const { values } = draft;
  return (
    <section className={classes.root} aria-label="Words to fill in">
      <h2 className={classes.title}>Fill in</h2>
      <div className={classes.fields}>
        {open.map((name) => (
          <TextInput
            key={name}
            label={labelOf(name)}
            size="md"
            value={values[name] ?? ''}
            onChange={(event) => {
              onChange({ values: { ...values, [name]: event.currentTarget.value } });
            }}
            maxLength={700}
            dir="auto"
          />
        ))}
      </div>
      {own.length === 0 ? null : (
        <p className={classes.hint}>
          {own.map((name) => `{{${name}}}`).join(', ')} {own.length === 1 ? 'fills' : 'fill'} in by{' '}
          {own.length === 1 ? 'itself' : 'themselves'} when it goes out.
        </p>
      )}
    </section>
  );
}

/** `opening_hours` as a person reads it: "Opening hours". */
function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

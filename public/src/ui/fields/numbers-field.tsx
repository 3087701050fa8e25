import { Spoiler, Textarea } from '@mantine/core';
import { maxTargetNumbers } from '../../../../server/contract/statuses.js';
import type { ParsedNumbers } from '../../lib/audience-numbers.js';
import { formatNumber } from '../../lib/format.js';
import { Note } from '../note.js';
import classes from './numbers-field.module.css';

interface NumbersFieldProps {
  label: string;
  description: string;
  value: string;
  parsed: ParsedNumbers;
  onChange: (text: string) => void;
}

/** The most invalid entries that are listed one by one. */
const listedInvalid = 30;

/** A field for pasted numbers, with what was understood of them. */
export function NumbersField({ label, description, value, parsed, onChange }: NumbersFieldProps) {
  return (
    <div className={classes.root}>
      <Textarea
        label={label}
        description={description}
        size="md"
        autosize
        minRows={3}
        maxRows={8}
        placeholder={'+49 151 23456789\n+44 7700 900123'}
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
        error={parsed.tooMany ? `At most ${formatNumber(maxTargetNumbers)} numbers at once.` : null}
      />
      <Findings parsed={parsed} />
    </div>
  );
}

function Findings({ parsed }: { parsed: ParsedNumbers }) {
  const { numbers, invalid, duplicates } = parsed;
  if (numbers.length === 0 && invalid.length === 0) return null;
  return (
    <div className={classes.findings} aria-live="polite">
      <p className={classes.summary}>
        <strong className="tabular">{formatNumber(numbers.length)}</strong>{' '}
        {numbers.length === 1 ? 'valid number' : 'valid numbers'}
        {duplicates > 0 ? ` · ${formatNumber(duplicates)} repeated, counted once` : ''}
      </p>
      {invalid.length === 0 ? null : (
        <Note
          tone="attention"
          title={invalid.length === 1 ? '1 entry is left out' : `${formatNumber(invalid.length)} entries are left out`}
        >
          <Spoiler maxHeight={64} showLabel="Show all" hideLabel="Show less" classNames={{ control: classes.more }}>
            <ul className={classes.invalid}>
              {invalid.slice(0, listedInvalid).map((problem, index) => (
                <li key={index}>{problem}</li>
              ))}
              {invalid.length > listedInvalid ? <li>and {formatNumber(invalid.length - listedInvalid)} more</li> : null}
            </ul>
          </Spoiler>
        </Note>
      )}
    </div>
  );
}

import { Spoiler, Textarea } from '@mantine/core';
import { IconListNumbers, IconUser } from '@tabler/icons-react';
import type { Session } from '../../../server/contract/sessions.js';
import { maxTargetNumbers } from '../../../server/contract/statuses.js';
import type { ParsedNumbers } from '../audience-numbers.js';
import type { Draft } from '../draft.js';
import { formatNumber, formatPhoneNumber } from '../format.js';
import { ChoiceCards } from './choice-cards.js';
import { Note } from './note.js';
import classes from './audience-picker.module.css';

interface AudiencePickerProps {
  audience: Draft['audience'];
  numbers: string;
  parsed: ParsedNumbers;
  account: Session;
  onChange: (change: Partial<Draft>) => void;
}

/** The most invalid entries that are listed one by one. */
const listedInvalid = 30;

/** Who the post goes to. */
export function AudiencePicker({ audience, numbers, parsed, account, onChange }: AudiencePickerProps) {
  const own = account.ownNumber === null ? 'To see it on your phone first.' : formatPhoneNumber(account.ownNumber);
  return (
    <div className={classes.root}>
      <ChoiceCards
        legend="Audience"
        name="audience"
        choices={[
          { value: 'numbers', label: 'A list of numbers', hint: 'Paste them from anywhere.', Icon: IconListNumbers },
          { value: 'self', label: 'Only my own number', hint: own, Icon: IconUser },
        ]}
        value={audience}
        onChange={(value) => {
          onChange({ audience: value });
        }}
      />
      {audience === 'numbers' ? (
        <>
          <Textarea
            label="Numbers"
            description="With country code, one per line or separated by commas. Your own number is always included."
            size="md"
            autosize
            minRows={3}
            maxRows={8}
            placeholder={'+49 151 23456789\n+44 7700 900123'}
            value={numbers}
            onChange={(event) => {
              onChange({ numbers: event.currentTarget.value });
            }}
            error={parsed.tooMany ? `One post may name at most ${formatNumber(maxTargetNumbers)} numbers.` : null}
          />
          <Findings parsed={parsed} />
        </>
      ) : null}
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
          They are no numbers with 10 to 15 digits and a country code:
          <Spoiler maxHeight={64} showLabel="Show all" hideLabel="Show less" classNames={{ control: classes.more }}>
            <ul className={classes.invalid}>
              {invalid.slice(0, listedInvalid).map((written, index) => (
                <li key={index}>{written.length > 40 ? `${written.slice(0, 40)}…` : written}</li>
              ))}
              {invalid.length > listedInvalid ? <li>and {formatNumber(invalid.length - listedInvalid)} more</li> : null}
            </ul>
          </Spoiler>
        </Note>
      )}
    </div>
  );
}

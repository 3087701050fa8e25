import { Textarea } from '@mantine/core';
import { maxTextLength } from '../../../../server/contract/status-text.js';
import classes from './text-field.module.css';

interface TextFieldProps {
  value: string;
  onChange: (text: string) => void;
  /** Characters as a reader counts them. */
  length: number;
  /** It goes out in parts, so that nothing is too long. */
  isSplit: boolean;
}

/** The text of a status with how much of it is left. */
export function TextField({ value, onChange, length, isSplit }: TextFieldProps) {
  const left = maxTextLength - length;
  return (
    <div>
      <Textarea
        label="Text"
        size="md"
        autosize
        minRows={4}
        maxRows={12}
        placeholder="Good morning! Today only…"
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
        error={
          left < 0 && !isSplit
            ? `${String(-left)} too many. A text status has at most ${String(maxTextLength)} characters.`
            : null
        }
        dir="auto"
      />
      <p className={classes.counter} data-tight={(left <= 50 && !isSplit) || undefined}>
        <span className="tabular">{length}</span> {isSplit ? 'characters' : `of ${String(maxTextLength)} characters`}
      </p>
    </div>
  );
}

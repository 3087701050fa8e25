import { ColorInput } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { colorSchema, statusFonts } from '../../../../server/contract/statuses.js';
import type { StatusFont } from '../../../../server/contract/statuses.js';
import { readableTextColor } from '../../../../server/contract/status-colors.js';
import { useEffect, useState } from 'react';
import { fontLooks, swatches } from '../../post-look/status-look.js';
import { FieldGroup } from '../../ui/fields/field-group.js';
import classes from './style-picker.module.css';

interface StylePickerProps {
  backgroundColor: string;
  /** null: it shows no text, so that there is no font to choose. */
  font: StatusFont | null;
  onChange: (change: { backgroundColor?: string; font?: StatusFont }) => void;
}

const fonts = Object.keys(statusFonts) as StatusFont[];

/** Background and font of a status that is not a picture. The text colour follows the background, so that it stays readable. */
export function StylePicker({ backgroundColor, font, onChange }: StylePickerProps) {
  return (
    <div className={classes.root}>
      <FieldGroup legend="Background">
        <div className={classes.swatches}>
          {swatches.map(({ name, color }) => (
            <label key={color} className={classes.swatch} style={{ backgroundColor: color }} title={name}>
              <input
                type="radio"
                name="background"
                className={classes.input}
                checked={backgroundColor === color}
                onChange={() => {
                  onChange({ backgroundColor: color });
                }}
                aria-label={name}
              />
              {backgroundColor === color ? (
                <IconCheck size={18} stroke={3} color={readableTextColor(color)} aria-hidden />
              ) : null}
            </label>
          ))}
          <CustomColor
            value={backgroundColor}
            onChange={(color) => {
              onChange({ backgroundColor: color });
            }}
          />
        </div>
      </FieldGroup>
      {font === null ? null : <FontPicker font={font} onChange={onChange} />}
    </div>
  );
}

function FontPicker({ font, onChange }: { font: StatusFont; onChange: StylePickerProps['onChange'] }) {
  return (
    <FieldGroup legend="Font">
      <div className={classes.fonts}>
        {fonts.map((name) => {
          const look = fontLooks[name];
          return (
            <label key={name} className={classes.font} style={{ fontFamily: look.family, fontWeight: look.weight }}>
              <input
                type="radio"
                name="font"
                className={classes.input}
                checked={font === name}
                onChange={() => {
                  onChange({ font: name });
                }}
              />
              {look.label}
            </label>
          );
        })}
      </div>
    </FieldGroup>
  );
}

/** Any other colour; half-typed ones wait until they are complete. */
function CustomColor({ value, onChange }: { value: string; onChange: (color: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    setTyped(value);
  }, [value]);
  return (
    <ColorInput
      aria-label="Own background colour"
      className={classes.custom}
      format="hex"
      withEyeDropper={false}
      value={typed}
      onChange={(next) => {
        setTyped(next);
        const color = colorSchema.safeParse(next);
        if (color.success) onChange(color.data);
      }}
      popoverProps={{ shadow: 'md', radius: 'md' }}
    />
  );
}

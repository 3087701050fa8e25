import { IconEye } from '@tabler/icons-react';
import type { CSSProperties } from 'react';
import type { StatusStyle } from '../../../server/contract/statuses.js';
import { formatNumber, initialsOf } from '../format.js';
import { lookOf, textSizeOf } from '../status-look.js';
import classes from './phone-preview.module.css';

interface PhonePreviewProps {
  text: string;
  style: StatusStyle;
  /** The name that contacts see above the status. */
  account: string;
  when: string;
  views?: number;
  /** Shown faintly while there is no text. */
  placeholder?: string;
}

/** A text status as it looks in WhatsApp on a phone: colours, font, and a size that shrinks as the text grows. */
export function PhonePreview({ text, style, account, when, views, placeholder = '' }: PhonePreviewProps) {
  const look = lookOf(style);
  const empty = text.trim() === '';
  const size = textSizeOf(empty ? placeholder : text) * look.font.scale;
  const screen: CSSProperties = { backgroundColor: look.background, color: look.color };
  const words: CSSProperties = {
    fontFamily: look.font.family,
    fontWeight: look.font.weight,
    fontSize: `${((size / 320) * 100).toFixed(2)}cqw`,
  };
  return (
    <figure className={classes.phone} role="group" aria-label={`How the status looks on a phone, posted by ${account}`}>
      <div className={classes.screen} style={screen}>
        <div className={classes.segments} aria-hidden>
          <span />
        </div>
        <div className={classes.author}>
          <span className={classes.avatar} aria-hidden>
            {initialsOf(account)}
          </span>
          <span className={classes.names}>
            <span className={classes.name}>{account}</span>
            <span className={classes.when}>{when}</span>
          </span>
        </div>
        <p className={classes.words} style={words} dir="auto" data-empty={empty || undefined}>
          {empty ? placeholder : text}
        </p>
        <div className={classes.views}>
          {views === undefined ? null : (
            <>
              <IconEye size={16} stroke={2} aria-hidden /> {formatNumber(views)}
            </>
          )}
        </div>
      </div>
    </figure>
  );
}

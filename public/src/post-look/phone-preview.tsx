import { IconEye } from '@tabler/icons-react';
import type { CSSProperties, ReactNode } from 'react';
import type { StatusStyle } from '../../../server/contract/statuses.js';
import { formatNumber, initialsOf } from '../lib/format.js';
import { lookOf, textSizeOf } from './status-look.js';
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
  /** Fills the screen behind everything, as a picture does; the text is then its caption. */
  backdrop?: ReactNode;
  /** In the middle of the screen, below the text. */
  card?: ReactNode;
}

/** A status as it looks in WhatsApp on a phone: colours, font, and a size that shrinks as the text grows. */
export function PhonePreview(props: PhonePreviewProps) {
  const { text, style, account, when, views, placeholder = '', backdrop, card } = props;
  const look = lookOf(style);
  const empty = text.trim() === '';
  const size = textSizeOf(empty ? placeholder : text) * look.font.scale;
  const isPictured = backdrop !== undefined;
  const screen: CSSProperties = isPictured ? {} : { backgroundColor: look.background, color: look.color };
  const words: CSSProperties = isPictured
    ? {}
    : {
        fontFamily: look.font.family,
        fontWeight: look.font.weight,
        fontSize: `${((size / 320) * 100).toFixed(2)}cqw`,
      };
  return (
    <figure className={classes.phone} role="group" aria-label={`How the status looks on a phone, posted by ${account}`}>
      <div className={classes.screen} style={screen} data-pictured={isPictured || undefined}>
        {backdrop}
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
        <div className={classes.middle}>
          {empty && placeholder === '' ? null : (
            <p className={classes.words} style={words} dir="auto" data-empty={empty || undefined}>
              {empty ? placeholder : text}
            </p>
          )}
          {card}
        </div>
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

import { defaultBackgroundColor, readableTextColor } from '../contract/status-colors.js';
import { statusFonts, type StatusFont, type StatusStyle } from '../contract/statuses.js';
import type { TextContent } from '../whatsapp/gateway.js';

/** A style with nothing left open: what a reader will see. */
export function completeStyle(style: StatusStyle): { backgroundColor: string; textColor: string; font: StatusFont } {
  const backgroundColor = style.backgroundColor ?? defaultBackgroundColor;
  return {
    backgroundColor,
    textColor: style.textColor ?? readableTextColor(backgroundColor),
    font: style.font ?? 'system',
  };
}

/** A text status in the form that the WhatsApp port takes, with the font as its number on the wire. */
export function textContent(text: string, style: StatusStyle): TextContent {
  const { backgroundColor, textColor, font } = completeStyle(style);
  return { type: 'text', text, backgroundColor, textColor, font: statusFonts[font] };
}

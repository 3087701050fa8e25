import { countCharacters } from '../../../server/contract/status-text.js';
import type { StatusFont, StatusStyle } from '../../../server/contract/statuses.js';
import { defaultBackgroundColor, readableTextColor } from '../../../server/contract/status-colors.js';

interface FontLook {
  label: string;
  family: string;
  weight: number;
  /** Narrow faces look smaller at the same size. */
  scale: number;
}

const system = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif";

/** How each font of the wire looks here. Phones have their own files; script and Morning Breeze are near relatives. */
export const fontLooks: Record<StatusFont, FontLook> = {
  system: { label: 'System', family: system, weight: 400, scale: 1 },
  'system-text': {
    label: 'System text',
    family: "Georgia, 'Noto Serif', 'DejaVu Serif', serif",
    weight: 400,
    scale: 1,
  },
  'system-bold': { label: 'System bold', family: system, weight: 700, scale: 1 },
  script: { label: 'Script', family: "'Norican', cursive", weight: 400, scale: 1.18 },
  'morning-breeze': { label: 'Morning Breeze', family: "'Patrick Hand', cursive", weight: 400, scale: 1.1 },
  calistoga: { label: 'Calistoga', family: "'Calistoga', serif", weight: 400, scale: 1 },
  'exo-2': { label: 'Exo 2', family: "'Exo 2', sans-serif", weight: 800, scale: 1 },
  'courier-prime': { label: 'Courier Prime', family: "'Courier Prime', monospace", weight: 700, scale: 0.98 },
};

export interface StatusLook {
  background: string;
  color: string;
  font: FontLook;
}

/** What a reader sees for a style, with the blanks filled as the server fills them. */
export function lookOf(style: StatusStyle): StatusLook {
  const background = style.backgroundColor ?? defaultBackgroundColor;
  return {
    background,
    color: style.textColor ?? readableTextColor(background),
    font: fontLooks[style.font ?? 'system'],
  };
}

const sizes: readonly (readonly [upTo: number, size: number])[] = [
  [12, 44],
  [30, 38],
  [60, 32],
  [110, 27],
  [180, 23],
  [280, 21],
  [420, 19],
  [560, 17],
];

/**
 * Text size in px on a screen 320 px wide. WhatsApp shrinks a text status as it grows; line breaks take room like text.
 */
export function textSizeOf(text: string): number {
  const lineBreaks = text.split('\n').length - 1;
  const room = countCharacters(text) + lineBreaks * 14;
  return sizes.find(([upTo]) => room <= upTo)?.[1] ?? 15.5;
}

/** Backgrounds that carry white or dark text well. */
export const swatches = [
  { name: 'Jade', color: defaultBackgroundColor },
  { name: 'Teal', color: '#0E7490' },
  { name: 'Ocean', color: '#1D4ED8' },
  { name: 'Violet', color: '#7C3AED' },
  { name: 'Raspberry', color: '#BE185D' },
  { name: 'Tomato', color: '#DC2626' },
  { name: 'Terracotta', color: '#B45309' },
  { name: 'Sunflower', color: '#FACC15' },
  { name: 'Sand', color: '#F5E6CA' },
  { name: 'Mint', color: '#B7F0D0' },
  { name: 'Slate', color: '#475569' },
  { name: 'Ink', color: '#111827' },
] as const;

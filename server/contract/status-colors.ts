/** Shown when a text status names no background. */
export const defaultBackgroundColor = '#1F6F5C';

/** WCAG relative luminance of `#RRGGBB`, from 0 (black) to 1 (white). */
function luminanceOf(color: string): number {
  const channel = (start: number): number => {
    const value = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/**
 * The text colour a reader sees when none was chosen: white, as WhatsApp itself writes, unless the background is so
 * light that white falls below a contrast of 3:1, the least for large text. Takes and returns `#RRGGBB`.
 */
export function readableTextColor(backgroundColor: string): string {
  return 1.05 / (luminanceOf(backgroundColor) + 0.05) >= 3 ? '#FFFFFF' : '#1B1B1B';
}

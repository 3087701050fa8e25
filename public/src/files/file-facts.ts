import type { StatusMedia } from '../../../server/contract/statuses.js';
import { formatBytes, formatCountdown } from '../lib/format.js';

/** Size and length of a file as a person reads them: "720 × 1280 · 0:05 · 1.4 MB". */
export function factsOf({ width, height, durationMs, bytes }: StatusMedia): string {
  return [
    width === null || height === null ? null : `${String(width)} × ${String(height)}`,
    durationMs === null ? null : formatCountdown(durationMs),
    formatBytes(bytes),
  ]
    .filter((fact) => fact !== null)
    .join(' · ');
}

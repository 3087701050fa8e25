const steps = [
  ['TB', 1024 ** 4],
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
] as const;

/**
 * A size as sentences and screens say it: "640 kB", "1.4 MB", "20 GB". A megabyte has 1024 × 1024 bytes, as in the settings
 * that limit sizes: a limit of 256 is called 256 MB. `inDigits` writes the count.
 */
export function sizeInWords(bytes: number, inDigits: (count: number) => string = String): string {
  const [unit, step] = steps.find(([, bytesOfStep]) => bytes >= bytesOfStep) ?? ['kB', 1024];
  const count = bytes / step;
  if (unit === 'kB') return `${inDigits(bytes === 0 ? 0 : Math.max(1, Math.round(count)))} kB`;
  return `${inDigits(count < 100 ? Math.round(count * 10) / 10 : Math.round(count))} ${unit}`;
}

/** Why a file is not taken that is larger than any may be. One sentence on every way a file comes. */
export function tooLargeInWords(what: string, bytes: number | null, maxBytes: number): string {
  const has = bytes === null ? 'is too large' : `has ${sizeInWords(bytes)}`;
  return (
    `${what} ${has}; at most ${sizeInWords(maxBytes)} are taken here. Cut or compress it first, or ask whoever runs this ` +
    'server to allow more.'
  );
}

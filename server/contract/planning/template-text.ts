/** Variables that every account knows by itself. */
export const ownVariables = ['account', 'number', 'date', 'time', 'weekday'] as const;

const pattern = /\{\{\s*([\p{L}\p{M}\p{N}_-]{1,40})\s*\}\}/gu;

/** The names of the variables in a text, such as `price` in `Only {{price}}`. */
export function variablesIn(text: string): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))];
}

/** The text with its variables filled in; what has no value stays as it stands. */
export function fillVariables(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(pattern, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** JSON without somebody. */
export interface WithoutPerson {
  /** Entries of lists that name the person are gone; other texts that are a name of theirs are one of nobody, in the same form. */
  rest: unknown;
  /** It changed. */
  isChanged: boolean;
  /** The person is named outside of all lists: what is told is about them. */
  isAbout: boolean;
}

/**
 * Takes somebody out of JSON. Whoever is an entry of a list, or is named by one of its entries, goes with the whole entry, names and
 * all: it is about them. So does the `text` beside a `person` who is them: they wrote it, or got it.
 */
export function withoutPerson(value: unknown, names: ReadonlySet<string>): WithoutPerson {
  if (typeof value === 'string' && names.has(value))
    return { rest: nameOfNobody(value), isChanged: true, isAbout: true };
  if (Array.isArray(value)) {
    const entries = value.map((entry) => withoutPerson(entry, names));
    const kept = entries.filter(({ isAbout }) => !isAbout);
    return {
      rest: kept.map(({ rest }) => rest),
      isChanged: entries.some(({ isChanged }) => isChanged),
      isAbout: false,
    };
  }
  if (typeof value !== 'object' || value === null) return { rest: value, isChanged: false, isAbout: false };
  const fields = Object.entries(value).map(([key, field]) => [key, withoutPerson(field, names)] as const);
  const isOfThem = fields.some(([key, { isAbout }]) => key === 'person' && isAbout);
  return {
    rest: Object.fromEntries(fields.map(([key, { rest }]) => [key, isOfThem && key === 'text' ? null : rest])),
    isChanged: fields.some(([, { isChanged }]) => isChanged),
    isAbout: fields.some(([, { isAbout }]) => isAbout),
  };
}

const nameOfNobody = (name: string): string => name.replace(/^\d+/, '0');

/** One wrong change to the program, and the test that has to notice it. */
export interface Mutation {
  /** What would be wrong, in a few words; they are the name of the test. */
  what: string;
  /** The file that is changed. */
  file: string;
  /** A piece of its text that occurs once. */
  from: string;
  /** What stands there instead. */
  to: string;
  noticedBy: {
    /** The test file that is run: a small one that starts soon. */
    file: string;
    /** A part of the names of the tests that are run, as mocha's `--fgrep`; the whole file without it. */
    test?: string;
  };
}

/** The text with the wrong change in it. Throws when the piece to be changed is not there exactly once. */
export function mutate(text: string, { from, to, file }: Pick<Mutation, 'from' | 'to' | 'file'>): string {
  const pieces = text.split(from);
  if (pieces.length !== 2) throw new Error(`${file} has ${pieces.length - 1} times what is to be changed: ${from}`);
  if (from === to) throw new Error(`${file} would stay as it is: ${from}`);
  return pieces.join(to);
}

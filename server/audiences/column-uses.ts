/** Which columns of a file say what; empty lists where none does. */
export interface CsvColumns {
  /** Whether a record names the columns. */
  hasHeadings: boolean;
  /** Which one that is, or else with which one the people begin: before it may stand titles of the whole file. */
  startsAt: number;
  /** As they stand in the file; empty without headings. */
  headings: string[];
  /** How many columns there are, those beyond the most that are read left out. */
  width: number;
  /** Columns with phone numbers, those for mobile ones first. */
  numbers: number[];
  /** Columns whose texts make the name, in the order of the name. */
  names: number[];
  tags: number[];
  fields: { at: number; name: string }[];
}

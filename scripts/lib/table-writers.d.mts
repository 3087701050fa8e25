/** Which files of a folder write to which tables: table → files below the folder. */
export function tableWritersIn(folder: string): Map<string, string[]>;
/** The tables that a TypeScript file with this text writes to. */
export function tablesWrittenBy(text: string): Set<string>;

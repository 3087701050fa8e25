import type { Knex } from 'knex';

/**
 * The only file that asks which engine runs. Everything else is written once, in SQL that both understand, or goes
 * through one of these functions.
 */
export type Engine = 'sqlite' | 'postgres';

export function engineOf(db: Knex): Engine {
  const client = db.client as Knex.Client;
  return client.dialect === 'postgresql' ? 'postgres' : 'sqlite';
}

export type ColumnValue = string | number | null;

export interface InsertRows<Column extends string> {
  table: string;
  columns: readonly Column[];
  rows: readonly Readonly<Record<Column, ColumnValue>>[];
  /** The columns of the unique key that decides what a conflict is. Without it a conflict is an error. */
  conflict?: readonly string[];
  /**
   * What a conflict changes: SQL per column, where `excluded.x` is the new value and `table.x` the stored one.
   * Without it the stored row stays. PostgreSQL refuses two rows with one key in one call, so callers merge those first.
   */
  update?: Readonly<Record<string, string>>;
  /** Stored rows for which this SQL is false stay as they are, and are not returned. */
  updateWhere?: string;
  /** Columns to give back of the rows that were inserted or changed. */
  returning?: readonly string[];
}

/** Bounds the parameter that one statement carries, and so how long building it holds the event loop. */
const rowsPerStatement = 2_000;

/**
 * Inserts any number of rows, as one JSON parameter per statement. A plain multi-row insert breaks at 501 rows on
 * SQLite (too many terms in compound SELECT) and at 65,535 bindings on PostgreSQL, and is several times slower.
 */
export async function insertRows<Column extends string, R extends object = Record<string, never>>(
  db: Knex,
  insert: InsertRows<Column>,
): Promise<R[]> {
  const returned: R[] = [];
  for (let from = 0; from < insert.rows.length; from += rowsPerStatement) {
    const rows = insert.rows.slice(from, from + rowsPerStatement);
    for (const row of await insertChunk<Column, R>(db, insert, rows)) returned.push(row);
  }
  return returned;
}

async function insertChunk<Column extends string, R extends object>(
  db: Knex,
  insert: InsertRows<Column>,
  rows: readonly Readonly<Record<Column, ColumnValue>>[],
): Promise<R[]> {
  const { table, columns } = insert;
  const names = columns.map(quote).join(', ');
  const postgres = engineOf(db) === 'postgres';
  const parameter = postgres
    ? JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]]))))
    : JSON.stringify(rows.map((row) => columns.map((column) => row[column])));
  // json_populate_recordset takes the column types from the table; json_each knows only JSON's own, which is enough there.
  const source = postgres
    ? `select ${names} from json_populate_recordset(null::${quote(table)}, ?::json)`
    : `select ${columns.map((_column, index) => `value ->> ${String(index)}`).join(', ')} from json_each(?) where true`;
  const sql = [`insert into ${quote(table)} (${names}) ${source}`, conflictClause(insert), returningClause(insert)];
  const answer: unknown = await db.raw(sql.join(' '), [parameter]);
  return rowsOf<R>(answer);
}

function conflictClause(insert: InsertRows<string>): string {
  if (!insert.conflict) return '';
  const target = `on conflict (${insert.conflict.map(quote).join(', ')})`;
  const changes = Object.entries(insert.update ?? {}).map(([column, sql]) => `${quote(column)} = ${sql}`);
  if (changes.length === 0) return `${target} do nothing`;
  const where = insert.updateWhere === undefined ? '' : ` where ${insert.updateWhere}`;
  return `${target} do update set ${changes.join(', ')}${where}`;
}

function returningClause(insert: InsertRows<string>): string {
  return insert.returning ? `returning ${insert.returning.map(quote).join(', ')}` : '';
}

/** The changes of an upsert that simply takes the new values of these columns. */
export function takeNew(columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map((column) => [column, `excluded.${quote(column)}`]));
}

/** `column in (values)` for any number of values, as one parameter. */
export function whereAnyOf<Q extends Knex.QueryBuilder>(
  db: Knex,
  query: Q,
  column: string,
  values: readonly string[] | readonly number[],
): Q {
  if (engineOf(db) === 'postgres') query.whereRaw('?? = any(?)', [column, values.slice()]);
  else query.whereRaw('?? in (select value from json_each(?))', [column, JSON.stringify(values)]);
  return query;
}

/** SQL that is true where the column contains the text of the one parameter, taken as it is. Many times faster than LIKE. */
export function containsText(db: Knex, column: string): string {
  return `${engineOf(db) === 'postgres' ? 'strpos' : 'instr'}(${column}, ?) > 0`;
}

/** The text as a part of a pattern of LIKE, which is to say `escape '\\'`: with no sign in it that stands for others. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
}

/** The column as an expression for which SQLite, which has no statistics, takes no index. */
export function withoutIndex(db: Knex, column: string): string {
  return engineOf(db) === 'postgres' ? column : `+${column}`;
}

/** SQL for one field of a column with a JSON object: a text as it is, an object as JSON; null where it is missing. */
export function jsonField(db: Knex, column: string, field: string): string {
  return engineOf(db) === 'postgres' ? `(${column}::json ->> '${field}')` : `json_extract(${column}, '$.${field}')`;
}

/** SQL for the time of the database itself, in epoch milliseconds; it goes on within a transaction. */
export function nowMs(db: Knex): string {
  return engineOf(db) === 'postgres'
    ? `cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`
    : `cast(unixepoch('subsec') * 1000 as integer)`;
}

/** The rows of a raw answer, whatever shape the driver gives it. */
export function rowsOf<R extends object>(answer: unknown): R[] {
  if (Array.isArray(answer)) return answer as R[];
  if (typeof answer === 'object' && answer !== null && 'rows' in answer && Array.isArray(answer.rows)) {
    return answer.rows as R[];
  }
  return [];
}

/** Whether an insert or update failed because a unique key is taken already. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === '23505' || (error.code === 'SQLITE_CONSTRAINT' && error.message.includes('UNIQUE'));
}

/** Whether a row could not be deleted because others point at it, or be written because it points at nothing. */
export function isForeignKeyViolation(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === '23503' || (error.code === 'SQLITE_CONSTRAINT' && error.message.includes('FOREIGN KEY'));
}

/**
 * Whether a statement failed because of the values in it, so that it would fail again however often it is tried: values
 * that a type does not take, are missing, or break a rule of the table. Keys that are taken are not among them.
 */
export function isAboutData(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  if (error.code === 'SQLITE_CONSTRAINT') return /NOT NULL|CHECK/.test(error.message);
  return /^22\w{3}$|^23502$|^23514$|^SQLITE_(MISMATCH|TOOBIG)$/.test(error.code);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The type of a text column that is sorted by its bytes, the same on both engines and whatever the server's locale. */
export function byteOrdered(db: Knex): string {
  return engineOf(db) === 'postgres' ? 'text collate "C"' : 'text';
}

/** SQL of a text that is compared by its bytes, the same on both engines and whatever the server's locale. */
export function comparedByBytes(db: Knex, expression: string): string {
  return engineOf(db) === 'postgres' ? `((${expression}) collate "C")` : `(${expression})`;
}

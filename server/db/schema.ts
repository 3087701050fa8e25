import type { Database } from './database.js';
import { rowsOf } from './dialect.js';

export interface Column {
  name: string;
  type: string;
  isNullable: boolean;
  /** SQL; null where there is none. */
  defaultsTo: string | null;
}

/** What a row of another table has to exist for. */
export interface ForeignKey {
  columns: string[];
  table: string;
  /** Of the other table. */
  targets: string[];
  /** What becomes of this row when the other one goes, such as `cascade`. */
  onDelete: string;
}

export interface Table {
  name: string;
  columns: Column[];
  primaryKey: string[];
  foreignKeys: ForeignKey[];
  /** Their columns, as in `unique (a, b)`, and for which rows they are. */
  indexes: string[];
}

/** The tables of a SQLite database as they are, by name; Knex's own are left out. */
export async function readSchema(db: Database): Promise<Table[]> {
  const names = await rowsIn<{ name: string }>(
    db,
    `select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'
     and name not like 'knex\\_%' escape '\\' order by name`,
  );
  const tables: Table[] = [];
  for (const { name } of names) tables.push(await readTable(db, name));
  return tables;
}

async function readTable(db: Database, name: string): Promise<Table> {
  const columns = await rowsIn<{ name: string; type: string; notnull: number; dflt_value: string | null; pk: number }>(
    db,
    'select * from pragma_table_info(?) order by cid',
    name,
  );
  const keys = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk);
  return {
    name,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type.toLowerCase(),
      isNullable: column.notnull === 0 && column.pk === 0,
      defaultsTo: column.dflt_value,
    })),
    primaryKey: keys.map((column) => column.name),
    foreignKeys: await readForeignKeys(db, name),
    indexes: await readIndexes(db, name),
  };
}

async function readForeignKeys(db: Database, name: string): Promise<ForeignKey[]> {
  const parts = await rowsIn<{ id: number; table: string; from: string; to: string; on_delete: string }>(
    db,
    'select * from pragma_foreign_key_list(?) order by id desc, seq',
    name,
  );
  const keys = new Map<number, ForeignKey>();
  for (const { id, table, from, to, on_delete } of parts) {
    const key = keys.get(id) ?? { columns: [], table, targets: [], onDelete: on_delete.toLowerCase() };
    key.columns.push(from);
    key.targets.push(to);
    keys.set(id, key);
  }
  return [...keys.values()];
}

async function readIndexes(db: Database, name: string): Promise<string[]> {
  const indexes = await rowsIn<{ sql: string }>(
    db,
    `select sql from sqlite_master where type = 'index' and tbl_name = ? and sql is not null order by name`,
    name,
  );
  return indexes.map(({ sql }) => {
    const [, unique = '', rest = ''] = /^create (unique )?index .*? on \S+ ?(\(.*)$/is.exec(sql) ?? [];
    return `${unique.toLowerCase()}${rest}`.replaceAll('`', '').replaceAll('"', '').replace(/\s+/g, ' ');
  });
}

async function rowsIn<R extends object>(db: Database, sql: string, ...values: string[]): Promise<R[]> {
  return rowsOf<R>(await db.raw(sql, values));
}

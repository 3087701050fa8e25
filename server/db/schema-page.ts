import type { Column, ForeignKey, Table } from './schema.js';

const introduction = `# The tables

What the migrations make, with the files that write to each table, made by \`npm run generate\` from a SQLite database and
from the code. PostgreSQL has the same tables and columns. Times are epoch milliseconds, flags are 0 or 1, JSON is text.
`;

/** @param writers table → files below \`server\` */
export function schemaPage(tables: readonly Table[], writers: ReadonlyMap<string, readonly string[]>): string {
  return [introduction, ...tables.map((table) => section(table, writers.get(table.name) ?? []))].join('\n');
}

function section({ name, columns, primaryKey, foreignKeys, indexes }: Table, writers: readonly string[]): string {
  const files = writers.map((file) => `[${file}](../../server/${file})`);
  return [
    `## ${name}`,
    '',
    `Written by: ${files.length === 0 ? 'nobody' : files.join(', ')}`,
    '',
    '| column | type | may be null | default |',
    '| --- | --- | --- | --- |',
    ...columns.map(row),
    '',
    `- primary key (${primaryKey.join(', ')})`,
    ...foreignKeys.map((key) => `- ${inWords(key)}`),
    ...indexes.map((index) => `- ${index.startsWith('unique ') ? index : `index ${index}`}`),
    '',
  ].join('\n');
}

function row({ name, type, isNullable, defaultsTo }: Column): string {
  return `| \`${name}\` | ${type} | ${isNullable ? 'yes' : ''} | ${defaultsTo === null ? '' : `\`${defaultsTo}\``} |`;
}

function inWords({ columns, table, targets, onDelete }: ForeignKey): string {
  const key = `(${columns.join(', ')}) refers to ${table} (${targets.join(', ')})`;
  return onDelete === 'no action' ? key : `${key}, on delete ${onDelete}`;
}

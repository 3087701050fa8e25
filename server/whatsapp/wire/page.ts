import { read } from './read.js';
import type { Entry, Shape, Times } from './shape.js';
import { written } from './written.js';

const introduction = `# The dictionary of stanzas

Every stanza that this program writes to WhatsApp, and every one that it reads, attribute by attribute; what other known
clients write in the same place (whatsmeow, zapo, whatsapp-rust, Baileys 7.0.0-rc14, as read in their sources between April
and September 2026); and what was seen to be refused, with who saw it. It is made from \`server/whatsapp/wire\` by
\`npm run generate\`. A test compares it with what leaves and arrives in a real run against the simulator, and
\`npm run live-check\` with what the real WhatsApp sends.

An attribute in *italics* may be missing.
`;

/** The dictionary as a page. */
export function dictionaryPage(): string {
  const parts = [
    introduction,
    '## What is written\n',
    ...written.map(section),
    '## What is read\n',
    ...read.map(section),
  ];
  return parts.join('\n');
}

function section({ name, writer, purpose, shape, others, refused }: Entry): string {
  const rows = rowsOf(shape, '');
  const table =
    rows.length === 0 ? [] : ['| node | attribute | values | notes |', '| --- | --- | --- | --- |', ...rows, ''];
  return [
    `### ${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    '',
    `${purpose} Written by ${writer === 'we' ? 'this program' : writer}.`,
    '',
    ...table,
    `Other clients: ${others}`,
    '',
    ...(refused === '' ? [] : [`Seen refused: ${refused}`, '']),
  ].join('\n');
}

const timesInWords: Record<Times, string> = { one: '', 'at most one': ' (at most one)', 'any number': ' (any number)' };

function rowsOf(shape: Shape, path: string): string[] {
  const rows = Object.entries(shape.attributes).map(([name, { values, isRequired, note }]) => {
    const shown = isRequired ? `\`${name}\`` : `*\`${name}\`*`;
    return `| ${path} | ${shown} | ${values} | ${note} |`;
  });
  for (const [tag, { times, shape: inside }] of Object.entries(shape.children ?? {})) {
    const below = `${path === '' ? '' : `${path} `}\`<${tag}>\``;
    const own = rowsOf(inside, below);
    if (own.length > 0) rows.push(...own);
    else rows.push(`| ${below}${timesInWords[times]} | | | ${inside.note ?? ''} |`);
  }
  return rows;
}

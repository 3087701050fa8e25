import type { z } from 'zod';
import { settings } from './config/settings.js';

const width = 100;

const heading = `Settings of Statuscast. Copy this file to .env and change what you need; every line shows its default.
The server reads .env from the folder it is started in. Variables of the environment win over the file.`;

/** The text of `.env.example`: every setting with its explanation and its default. */
export function envExample(): string {
  const blocks = Object.entries(settings.shape).map(([name, schema]) => {
    const explanation = wrap(schema.description ?? '');
    return `${explanation}\n${name}=${defaultOf(schema)}`;
  });
  return `${heading.split('\n').map(comment).join('\n')}\n\n${blocks.join('\n\n')}\n`;
}

function defaultOf(schema: z.ZodType): string {
  const value: unknown = schema.parse(undefined);
  return Array.isArray(value) ? value.join(',') : String(value);
}

function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map(comment).join('\n');
}

function comment(line: string): string {
  return `# ${line}`;
}

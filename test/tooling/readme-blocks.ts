import { readFileSync } from 'node:fs';

/** A block of code of a Markdown file, without its fences. */
export interface CodeBlock {
  language: string;
  code: string;
}

/** The fenced blocks of code of a Markdown file, from top to bottom. */
export function codeBlocksOf(file: string): CodeBlock[] {
  const fenced = /^```(\w+)\n(.*?)^```$/gms;
  return [...readFileSync(file, 'utf8').matchAll(fenced)].map(([, language = '', code = '']) => ({ language, code }));
}

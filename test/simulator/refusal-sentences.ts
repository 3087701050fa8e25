import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Where the simulator judges what clients, phones and senders give it. Its control interface is not part of that. */
const judges = ['contact', 'crypto', 'media', 'phone', 'protocol', 'state', 'transport'];
const notJudging = /x25519|retry-book|tls-identity|client-gate/;

/** A sentence with which the simulator refuses something. What is filled in stands as `0`. */
export interface RefusalSentence {
  sentence: string;
  file: string;
}

/** Every sentence in the simulator that says why something is refused, found in its source. */
export function refusalSentences(): RefusalSentence[] {
  const files = judges.flatMap((folder) => sourceFiles(path.join('simulator', folder)));
  return files
    .filter((file) => !notJudging.test(file))
    .flatMap((file) => sentencesOf(file).map((sentence) => ({ sentence, file })));
}

/**
 * Whether one of these expressions reads this sentence: it matches it as it stands, or it is itself written out like the
 * sentence, with what the test filled in.
 */
export function isRead(sentence: string, expressions: readonly RegExp[]): boolean {
  const [first = '', ...others] = sentence
    .trim()
    .split('0')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // A word at the start, anything later: otherwise `0 is not served` would be read by every sentence that ends so.
  const filledIn = new RegExp(first === '' ? `^\\S*${others.join('.*')}` : [first, ...others].join('.*'));
  return expressions.some(
    (expression) => expression.test(sentence) || filledIn.test(expression.source.replaceAll('\\', '')),
  );
}

/** Every regular expression that the simulator's tests compare with. */
export function comparedWith(): RegExp[] {
  const files = readdirSync('test').filter((name) => name.startsWith('simulator'));
  return files
    .flatMap((folder) => sourceFiles(path.join('test', folder)))
    .filter((file) => !file.endsWith('refusal-sentences.ts'))
    .flatMap((file) => {
      const found: RegExp[] = [];
      visit(file, (node) => {
        if (!ts.isRegularExpressionLiteral(node)) return;
        const end = node.text.lastIndexOf('/');
        // Shorter ones match by accident.
        if (end > 6) found.push(new RegExp(node.text.slice(1, end), node.text.slice(end + 1)));
      });
      return found;
    });
}

function sentencesOf(file: string): string[] {
  const found: string[] = [];
  visit(file, (node) => {
    const text = textOf(node);
    if (text !== undefined && text.split(' ').length >= 3 && isReason(node)) found.push(text);
  });
  return found;
}

/** What the transport throws to refuse a client. */
const refusingErrors = /^(NoiseError|FramingError)$/;

/** Other words that are thrown are bugs, and words for the log are told apart by their callee: the rest are refusals. */
function isReason(node: ts.Node): boolean {
  for (let up = node.parent; !ts.isSourceFile(up); up = up.parent) {
    if (ts.isNewExpression(up) && refusingErrors.test(up.expression.getText())) return true;
    if (ts.isThrowStatement(up) || ts.isImportDeclaration(up) || ts.isTypeNode(up)) return false;
    if (ts.isNewExpression(up)) return false;
    if (ts.isCallExpression(up) && /\blog\b|#log$|derive|hkdf|^element$/.test(up.expression.getText())) return false;
    if (ts.isFunctionLike(up) || ts.isBlock(up)) return true;
  }
  return false;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map((span) => `0${span.literal.text}`).join('');
}

function visit(file: string, see: (node: ts.Node) => void): void {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const walk = (node: ts.Node): void => {
    see(node);
    ts.forEachChild(node, walk);
  };
  walk(source);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

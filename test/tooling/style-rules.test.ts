import assert from 'node:assert/strict';
import { ESLint, type Linter } from 'eslint';

/** The project's own configuration. Types come from a program of two files: that of the whole project takes half a minute. */
const eslint = new ESLint({
  overrideConfig: {
    languageOptions: {
      parserOptions: {
        projectService: false,
        project: 'test/tooling/style-rules.tsconfig.json',
        // Otherwise, where CI is set, the files on the disk are judged and not these texts.
        disallowAutomaticSingleRunInference: true,
      },
    },
  },
});

/** The rules that the project applies to this text, as if it were in this file. */
async function rulesBroken(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: file });
  return [...new Set(result!.messages.map((message: Linter.LintMessage) => message.ruleId ?? message.message))];
}

describe('the house style', () => {
  const file = 'server/lib/app-error.ts';
  const broken: [what: string, code: string, rule: string][] = [
    ['an enum', 'export enum Color { Red }', 'no-restricted-syntax'],
    ['a default export', 'export default 1;', 'no-restricted-syntax'],
    ['a barrel', "export * from './clock.js';", 'no-restricted-syntax'],
    ['a forced cast', 'export const a = process.pid as unknown as string;', 'no-restricted-syntax'],
    ['a literal spread into another', 'export const a = { ...{ b: 1 } };', 'no-restricted-syntax'],
    ['any', 'export const a: any = 1;', '@typescript-eslint/no-explicit-any'],
    ['an unfinished note', '// TODO later\nexport const a = 1;', 'no-warning-comments'],
    ['an exception without a reason', '/* eslint-disable eqeqeq */\n', 'statuscast/reasons-for-exceptions'],
    ['a promise that nobody awaits', 'Promise.resolve(1);', '@typescript-eslint/no-floating-promises'],
    ['reading the environment', 'export const a = process.env;', 'no-restricted-properties'],
    ['ending the process', 'process.exit(1);', 'no-restricted-properties'],
    ['a constant in capitals', 'export const MAX_NAMES = 1;', '@typescript-eslint/naming-convention'],
    [
      'a private member of the other kind',
      'export class A { #a = 1; b() { return this.#a; } }',
      'no-restricted-syntax',
    ],
    [
      'a member that only repeats a parameter',
      'export class A { readonly a: number; constructor(a: number) { this.a = a; } }',
      '@typescript-eslint/parameter-properties',
    ],
    [
      'a word for what is public anyway',
      'export class A { public a = 1; }',
      '@typescript-eslint/explicit-member-accessibility',
    ],
    ['a print', "console.log('hello');", 'no-console'],
    ['a file beyond 400 lines', 'export const a = 1;\n'.repeat(1) + '// line\n'.repeat(401), 'max-lines'],
  ];
  for (const [what, code, rule] of broken) {
    it(`refuses ${what}`, async () => {
      const rules = await rulesBroken(file, code);
      assert.ok(rules.includes(rule), `reported: ${rules.join(', ')}`);
    }).timeout(60_000);
  }

  it('refuses a test that keeps the others from running', async () => {
    const rules = await rulesBroken('test/support/eventually.ts', "describe.only('x', () => undefined);");
    assert.ok(rules.includes('no-restricted-syntax'), `reported: ${rules.join(', ')}`);
  }).timeout(60_000);

  it('refuses file names that could hold anything', async () => {
    for (const name of ['utils', 'string-helpers', 'SessionManager', 'gateway-impl', 'index']) {
      const rules = await rulesBroken(`eslint/${name}.js`, 'const a = 1;');
      assert.ok(rules.includes('statuscast/file-names'), `${name}: ${rules.join(', ')}`);
    }
  }).timeout(60_000);
});

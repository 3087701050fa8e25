import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importRules } from './eslint/import-rules.js';
import { fileNames, reasonsForExceptions } from './eslint/style-rules.js';

const statuscast = {
  rules: {
    'import-rules': importRules,
    'file-names': fileNames,
    'reasons-for-exceptions': reasonsForExceptions,
  },
};

const spreadLiteral = {
  selector: 'ObjectExpression > SpreadElement > ObjectExpression.argument',
  message: 'Write its properties into the object.',
};

const forbiddenSyntax = [
  spreadLiteral,
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals or an `as const` object.' },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  {
    selector: 'TSAsExpression > TSAsExpression.expression > TSUnknownKeyword',
    message: 'Narrow or parse the value: `as unknown as` hides what it is.',
  },
  { selector: 'ExportAllDeclaration', message: 'Import from the file that defines it; no barrels.' },
  {
    selector: ':matches(PropertyDefinition, MethodDefinition, AccessorProperty) > PrivateIdentifier.key',
    message: 'Write `private`: one kind of private member in the house.',
  },
];

/**
 * What is ours is named alike, constants too. What is taken out of an object keeps the name that it has there, a package's
 * class for instance, and what goes into a row may be named like its column.
 */
const naming = [
  { selector: 'variableLike', format: ['camelCase'], leadingUnderscore: 'allow' },
  { selector: ['variable', 'parameter'], format: ['camelCase', 'snake_case'], leadingUnderscore: 'allow' },
  { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null },
  { selector: 'memberLike', modifiers: ['private'], format: ['camelCase'] },
  { selector: 'typeLike', format: ['PascalCase'] },
];

const onlyAndSkip = {
  selector: 'MemberExpression[object.name=/^(it|describe|context|specify)$/][property.name=/^(only|skip)$/]',
  message: 'Every test runs.',
};

export default defineConfig(
  { ignores: ['dist/', 'public/dist/', 'node_modules/', 'data/', 'uploads/', 'coverage/', 'test-results/', 'docs/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx,mts,js,mjs,cjs}'],
    extends: [eslint.configs.recommended],
    plugins: { statuscast },
    rules: {
      'statuscast/file-names': 'error',
      'statuscast/reasons-for-exceptions': 'error',
      'max-lines': ['error', { max: 400 }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'no-restricted-syntax': ['error', spreadLiteral],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['**/*.{ts,tsx,mts}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'statuscast/import-rules': 'error',
      'no-restricted-syntax': ['error', ...forbiddenSyntax],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/naming-convention': ['error', ...naming],
      '@typescript-eslint/parameter-properties': ['error', { prefer: 'parameter-property' }],
      '@typescript-eslint/explicit-member-accessibility': ['error', { accessibility: 'no-public' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // There are no enums of ours to protect, and comparing class instances shape by shape costs a third of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Objects of functions are handed on as such here; classes keep their methods to themselves.
      '@typescript-eslint/unbound-method': 'off',
      // A type parameter that only the result uses is how typed reads of JSON and of stores are written here.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Ports and handlers are asynchronous by contract; an implementation that needs no await still is.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.tsx'],
    rules: {
      '@typescript-eslint/naming-convention': [
        'error',
        // Components, and variables that hold one. Of two that fit, the first one counts.
        { selector: ['variable', 'function'], format: ['camelCase', 'PascalCase'], leadingUnderscore: 'allow' },
        ...naming,
      ],
    },
  },
  {
    files: ['server/**/*.ts', 'simulator/**/*.ts', 'public/**/*.{ts,tsx}'],
    rules: { 'no-console': 'error' },
  },
  {
    // Its work is to keep libsignal's own printing, which includes keys, off the console.
    files: ['server/whatsapp/baileys/libsignal-console.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['server/**/*.ts'],
    ignores: ['server/config.ts', 'server/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only server/config.ts reads the environment.' },
        { object: 'process', property: 'exit', message: 'Only server/main.ts ends the process.' },
      ],
    },
  },
  {
    files: ['simulator/**/*.ts', 'test/**/*.ts'],
    // Protobuf messages are classes to the compiler and plain data to those who copy and change them.
    rules: { '@typescript-eslint/no-misused-spread': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...forbiddenSyntax, onlyAndSkip],
      '@typescript-eslint/no-non-null-assertion': 'off',
      // supertest and the browser answer with untyped bodies; the assertions are the check.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      // A test may ask more often than the types say it must.
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    files: ['**/*.d.{ts,mts}', '*.config.{js,ts}', 'public/*.config.{js,ts,cjs}', '*.config.cjs'],
    rules: { 'no-restricted-syntax': 'off', '@typescript-eslint/naming-convention': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'performance',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'fetch',
          'URL',
          'AbortController',
          'AbortSignal',
          'FormData',
          'Blob',
          'require',
          'module',
          'Buffer',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);

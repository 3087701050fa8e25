import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Of Knex; `merge` and `ignore` only follow an insert. */
const writing = new Set(['insert', 'update', 'delete', 'del', 'increment', 'decrement', 'truncate']);
const writingSql = /\b(?:insert\s+into|delete\s+from|update(?=\s+\S+\s+(?:as\s+\w+\s+)?set\b))\s+"?([a-z_]+)/gi;

/**
 * Which files of a folder write to which tables, read from their text: Knex's calls, `insertRows`, and SQL. Migrations, which
 * write only once, are left out.
 * @param {string} folder @returns {Map<string, string[]>} table → files below the folder, both sorted
 */
export function tableWritersIn(folder) {
  /** @type {Map<string, string[]>} */
  const writers = new Map();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const name = file.split(path.sep).join('/');
    if (!name.endsWith('.ts') || name.startsWith('db/migrations/')) continue;
    for (const table of tablesWrittenBy(readFileSync(path.join(folder, file), 'utf8'))) {
      writers.set(table, [...(writers.get(table) ?? []), name]);
    }
  }
  return new Map([...writers].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** @param {string} text of a TypeScript file @returns {Set<string>} */
export function tablesWrittenBy(text) {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
  /** @type {Set<string>} */
  const found = new Set();
  each(source, (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      for (const [, table = ''] of node.getText().matchAll(writingSql)) found.add(table);
    }
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'table' && ts.isStringLiteralLike(node.initializer)) {
      found.add(node.initializer.text);
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      if (writing.has(name.text)) for (const table of tablesOf(expression)) found.add(table);
    }
  });
  return found;
}

/** @param {ts.Node} node @param {(node: ts.Node) => void} visit */
function each(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => {
    each(child, visit);
  });
}

/**
 * The tables that a query is about, back to where it begins: `db('people').where(…)`, a variable, or a function that returns it.
 * @param {ts.Node} query @param {ReadonlySet<ts.Node>} [passed] @returns {string[]}
 */
function tablesOf(query, passed = new Set()) {
  if (passed.has(query)) return [];
  const way = new Set([...passed, query]);
  if (ts.isIdentifier(query)) return declared(query, query.text).flatMap((value) => tablesOf(value, way));
  if (ts.isConditionalExpression(query)) return [query.whenTrue, query.whenFalse].flatMap((one) => tablesOf(one, way));
  if (ts.isCallExpression(query)) return tablesOfCall(query, way);
  const isAround = ts.isParenthesizedExpression(query) || ts.isAwaitExpression(query) || ts.isAsExpression(query);
  return isAround ? tablesOf(query.expression, way) : [];
}

/** @param {ts.CallExpression} call @param {ReadonlySet<ts.Node>} way @returns {string[]} */
function tablesOfCall({ expression: callee, arguments: [first, second] }, way) {
  const isOwn = ts.isPropertyAccessExpression(callee) && callee.expression.kind === ts.SyntaxKind.ThisKeyword;
  if (ts.isPropertyAccessExpression(callee) && !isOwn) return tablesOf(callee.expression, way);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  if (name === 'whereAnyOf') return second === undefined ? [] : tablesOf(second, way);
  const returned = declared(callee, name).flatMap((value) => tablesOf(value, way));
  if (returned.length > 0) return returned;
  return first !== undefined && ts.isStringLiteralLike(first) ? (/^[a-z_]+(?=$| as )/.exec(first.text) ?? []) : [];
}

/**
 * What a name stands for: the value of the variable that is declared nearest, or what the function returns.
 * @param {ts.Node} place @param {string} name @returns {ts.Node[]}
 */
function declared(place, name) {
  for (let scope = place.parent; scope !== undefined; scope = scope.parent) {
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope) && !ts.isClassLike(scope)) continue;
    const members = ts.isClassLike(scope) ? scope.members : scope.statements;
    for (const member of members) {
      const isFunction = ts.isFunctionDeclaration(member) || ts.isMethodDeclaration(member);
      if (isFunction && member.name?.getText() === name) return returnedBy(member);
      if (!ts.isVariableStatement(member)) continue;
      const variable = member.declarationList.declarations.find((one) => one.name.getText() === name);
      if (variable?.initializer) return valuesOf(variable.initializer);
    }
  }
  return [];
}

/** @param {ts.Expression} value @returns {ts.Node[]} */
function valuesOf(value) {
  return ts.isArrowFunction(value) ? returnedBy(value) : [value];
}

/** @param {ts.FunctionDeclaration | ts.MethodDeclaration | ts.ArrowFunction} of @returns {ts.Node[]} */
function returnedBy({ body }) {
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  /** @type {ts.Node[]} */
  const values = [];
  each(body, (node) => {
    if (ts.isReturnStatement(node) && node.expression) values.push(node.expression);
  });
  return values;
}

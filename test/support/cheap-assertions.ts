import assert from 'node:assert';

/**
 * Gives `assert.ok` a message where a test gives none. Node would make one from the source, and looks for the call at the place
 * that the compiled code names: in a TypeScript file it is somewhere else, and it parses what follows again with every
 * line, which holds the process for minutes. Inside `eventually` that happens to tests that pass.
 */
export function keepAssertionsCheap(): void {
  const ok: (value: unknown, message: string | Error) => void = assert.ok;
  const cheap = (value: unknown, message: string | Error = 'The value is not truthy.'): void => {
    ok(value, message);
  };
  Object.assign(assert, { ok: cheap });
  Object.assign(assert.strict, { ok: cheap });
}

import { inspect } from 'node:util';

/** A value that prints as *** wherever it ends up, unless somebody asks for it by name. */
export class Secret {
  // eslint-disable-next-line no-restricted-syntax -- `private` is only the compiler's: whoever prints or copies the object would see it.
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

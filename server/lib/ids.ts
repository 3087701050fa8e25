import { monotonicFactory } from 'ulid';

const nextUlid = monotonicFactory();

/** A new ULID. Ids made by one process sort in the order they were made, also within one millisecond. */
export function newId(): string {
  return nextUlid();
}

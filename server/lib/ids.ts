import { randomBytes } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const nextUlid = monotonicFactory(pooledRandom());

/** A new ULID. Ids made by one process sort in the order they were made, also within one millisecond. */
export function newId(): string {
  return nextUlid();
}

/**
 * Random numbers from 0 to below 1, in steps of 1/256: a ULID takes five bits of each. From a pool, because the package
 * itself asks the system for every single byte, and every request gets an id.
 */
function pooledRandom(): () => number {
  let pool = Buffer.alloc(0);
  let next = 0;
  return () => {
    if (next >= pool.length) {
      pool = randomBytes(1_024);
      next = 0;
    }
    const byte = pool.readUInt8(next);
    next += 1;
    return byte / 256;
  };
}

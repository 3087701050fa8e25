import type { Keep, Kept } from '../../server/db/unit-of-work.js';
import type { WasKept } from '../../server/http/define-route.js';

/** Keeps an answer by telling of it. */
export function keptBy<A>(tell: (answer: A) => unknown): Keep<A> {
  return (_tx, answer) => {
    tell(answer);
    return Promise.resolve(answer);
  };
}

/** The answer of a route that only a test has: it makes nothing in a transaction, in which its answer could be kept. */
export function madeOfNothing<T>(answer: T): Kept<T, WasKept> {
  return answer as Kept<T, WasKept>;
}

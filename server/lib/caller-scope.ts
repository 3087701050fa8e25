import { AsyncLocalStorage } from 'node:async_hooks';

interface Scope {
  signal?: AbortSignal | undefined;
  /** Whose turn it is with what all share. */
  party?: string | undefined;
  /** What this one is part of. */
  outer: Scope | undefined;
}

const scopes = new AsyncLocalStorage<Scope>();

/** Scopes that are over are passed over: work that begins itself anew out of what it left running would have ever more of them. */
function outerScope(): Scope | undefined {
  let scope = scopes.getStore();
  while (scope && scope.signal === undefined && scope.party === undefined) scope = scope.outer;
  return scope;
}

/** Whoever asked went away before the answer was there: nobody needs it. */
export class CallerLeft extends Error {
  override readonly name = 'CallerLeft';

  constructor() {
    super('The caller left before the answer was there.');
  }
}

/**
 * Does `work` for a caller; once `gone` is aborted, what it reads from the database ends there. Only for work that reads and whose
 * outcome nobody else waits for. What it leaves running is not concerned.
 */
export async function forCaller<T>(gone: AbortSignal, work: () => Promise<T>): Promise<T> {
  const scope: Scope = { signal: gone, outer: outerScope() };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.signal = undefined;
  }
}

/**
 * Does `work` in the name of a party: an organization, or a network whose callers have not said who they are. Parties take turns
 * with what all of them share. What `work` leaves running is in nobody's name.
 */
export async function inTheNameOf<T>(party: string, work: () => Promise<T>): Promise<T> {
  const scope: Scope = { party, outer: outerScope() };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.party = undefined;
  }
}

/** Aborted once the caller for whom this is done has left; undefined where nobody in particular waits. */
export function callerGone(): AbortSignal | undefined {
  for (let scope = scopes.getStore(); scope; scope = scope.outer) if (scope.signal) return scope.signal;
  return undefined;
}

/** In whose name this is done; undefined for what the server does by itself. */
export function partyServed(): string | undefined {
  for (let scope = scopes.getStore(); scope; scope = scope.outer) if (scope.party !== undefined) return scope.party;
  return undefined;
}

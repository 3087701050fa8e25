import type { Tenant } from '../tenant.js';

/** How often something was asked, by the status of its answer; `none` where there was no answer. */
export type Answers = Record<string, number>;

/** Something that one organization does as often as it can, to be had at the cost of all others. */
export interface Attack {
  name: string;
  /** Makes what it needs first. */
  prepare?: (attacker: Tenant) => Promise<void>;
  /** Goes on until the signal; resolves when nothing of it is under way any more. */
  run: (attacker: Tenant, until: AbortSignal) => Promise<Answers>;
}

/** Asks so many times at once, over and over. A request that fails is counted, and is no reason to stop. */
export async function askOverAndOver(
  atATime: number,
  until: AbortSignal,
  ask: (nth: number) => Promise<string>,
): Promise<Answers> {
  const answers: Answers = {};
  let asked = 0;
  const one = async (): Promise<void> => {
    while (!until.aborted) {
      const answer = await ask(asked++).catch(() => 'none');
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atATime }, one));
  return answers;
}

/** The status of the answer to a request with a JSON body, read to its end. */
export async function statusOf({ url, apiKey }: Tenant, method: string, path: string, body?: unknown): Promise<string> {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  await response.arrayBuffer();
  return String(response.status);
}

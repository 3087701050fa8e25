import type { WASocket } from '@whiskeysockets/baileys';
import { UnansweredError } from '../gateway.js';

/** So many refused questions in a row, and none that was answered, mean that it is not about one of those asked about. */
const maxRefusedInVain = 24;
/** After so many refused questions those that are left count as refused. */
const maxRefused = 200;
/** Refusals that say something about the account or the server, whoever is asked about; HTTP's words. */
const notAboutAnybody: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/**
 * Asks about many, `perQuestion` at a time. A question that is refused is asked again in halves, so that those it is
 * refused for take no others down; they are missing from the answer. `ask` sends one question and rejects as Baileys'
 * `query` does. Rejects with {@link UnansweredError} when everything is refused, or for a reason that is nobody's own.
 */
export async function askInParts<Item, Answer>(
  socket: { ws: Pick<WASocket['ws'], 'isOpen'> },
  items: readonly Item[],
  perQuestion: number,
  ask: (some: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const parts: (readonly Item[])[] = [];
  for (let from = 0; from < items.length; from += perQuestion) parts.push(items.slice(from, from + perQuestion));
  let refused = 0;
  let hasAnswer = false;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    try {
      for (const answer of await ask(part)) answers.push(answer);
      hasAnswer = true;
    } catch (error) {
      const code = refusalOf(error);
      if (code === undefined || !socket.ws.isOpen) throw error;
      refused += 1;
      if (notAboutAnybody.has(code) || (refused >= maxRefusedInVain && !hasAnswer)) {
        throw new UnansweredError(`WhatsApp refuses to answer questions about recipients (${String(code)}).`);
      }
      if (part.length === 1 || refused >= maxRefused) continue;
      const half = Math.ceil(part.length / 2);
      parts.unshift(part.slice(0, half), part.slice(half));
    }
  }
  return answers;
}

/** Baileys rejects with the code of an error answer in `data`; a number, where a lost connection has an object or none. */
function refusalOf(error: unknown): number | undefined {
  return error instanceof Error && 'data' in error && typeof error.data === 'number' ? error.data : undefined;
}

import { iqResult } from './iq-answers.js';
import type { IqHandler } from './iq-router.js';
import { childOf, childrenOf, element } from './node.js';

const COLLECTIONS: ReadonlySet<string> = new Set([
  'critical_block',
  'critical_unblock_low',
  'regular_high',
  'regular_low',
  'regular',
]);

/** The account's synchronised state, collection by collection. */
export const answerAppState: IqHandler = ({ iq, companion, refuse }) => {
  const collections = childrenOf(childOf(iq, 'sync'), 'collection');
  if (collections.length === 0) return refuse('app-state', 'a sync request without collections');
  const answers = [];
  for (const collection of collections) {
    const { name = '', version } = collection.attrs;
    if (!COLLECTIONS.has(name)) return refuse('app-state', `there is no collection "${name}"`);
    const answer = companion.account.appState.answer(name, Number(version ?? 0), collection);
    if (typeof answer === 'string') return refuse('app-state', answer, 409, 'conflict');
    answers.push(answer);
  }
  return iqResult(iq, [element('sync', {}, answers)]);
};

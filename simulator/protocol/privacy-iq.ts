import { iqError, iqResult } from '../wire/iq-answers.js';
import type { IqHandler } from './iq-handler.js';
import { parseJid } from '../wire/jid.js';
import { childOf, childrenOf, element, textOf } from '../wire/node.js';

const maxBlocked = 10_000;
const maxAboutLength = 700;

/** Privacy categories, and the trusted-contact tokens of 1:1 chats (taken and dropped). */
export const answerPrivacy: IqHandler = ({ iq, companion, refuse }) => {
  const { privacy } = companion.account;
  if (childOf(iq, 'tokens')) return iqResult(iq);
  const node = childOf(iq, 'privacy');
  if (!node) return refuse('privacy', 'a privacy request that asks for nothing known');
  if (iq.attrs['type'] === 'get') {
    const categories = [...privacy].map(([name, value]) => element('category', { name, value }));
    return iqResult(iq, [element('privacy', {}, categories)]);
  }
  const changes = childrenOf(node, 'category').map(({ attrs }) => [attrs['name'] ?? '', attrs['value'] ?? ''] as const);
  if (changes.flat().includes('')) return refuse('privacy', 'a privacy category needs a name and a value');
  for (const [name, value] of changes) privacy.set(name, value);
  return iqResult(iq);
};

export const answerBlocklist: IqHandler = ({ iq, companion, refuse }) => {
  const { blocked } = companion.account;
  if (iq.attrs['type'] === 'get') {
    return iqResult(iq, [
      element(
        'list',
        {},
        [...blocked].map((jid) => element('item', { jid })),
      ),
    ]);
  }
  const item = childOf(iq, 'item');
  const { jid, action } = item?.attrs ?? {};
  if (!jid || !parseJid(jid)) return refuse('blocklist', 'a blocklist change names nobody');
  if (action === 'unblock') blocked.delete(jid);
  else if (action !== 'block') return refuse('blocklist', `the blocklist action "${action ?? ''}" is unknown`);
  else if (blocked.size >= maxBlocked) return refuse('blocklist', 'the blocklist is full', 419, 'resource-limit');
  else blocked.add(jid);
  return iqResult(iq);
};

/** The "About" text, and the audience that the phone chose for statuses. */
export const answerStatusNamespace: IqHandler = ({ iq, companion, refuse }) => {
  const { account } = companion;
  const about = childOf(iq, 'status');
  if (iq.attrs['type'] === 'set' && about) {
    const text = textOf(about) ?? '';
    if (text.length > maxAboutLength) return refuse('about', `an about text of ${text.length} characters`);
    account.about = text;
    return iqResult(iq);
  }
  if (iq.attrs['type'] === 'get' && childOf(iq, 'privacy')) {
    const { statusAudience } = account;
    if (!statusAudience) return iqError(iq, 404, 'item-not-found');
    const lists = [...account.statusLists.values()].map((list) => {
      const users = list.jids.map((jid) => element('user', { jid }));
      return element('list', { type: list.type, default: list === statusAudience ? 'true' : undefined }, users);
    });
    return iqResult(iq, [element('privacy', {}, lists)]);
  }
  return refuse('status-namespace', 'a request about statuses that asks for nothing known');
};

import type { BinaryNode } from '@whiskeysockets/baileys';
import { MessageRouter } from '../../simulator/protocol/message-router.js';
import { childOf, childrenOf } from '../../simulator/wire/node.js';

/** Keeps every `<message>` that a client sends to a simulator of this process, as it arrived, until `stop`. */
export function recordStanzas(): { stanzas: BinaryNode[]; stop: () => void } {
  const stanzas: BinaryNode[] = [];
  const accept = MessageRouter.prototype.accept;
  MessageRouter.prototype.accept = function (sender, node) {
    stanzas.push(node);
    return accept.call(this, sender, node);
  };
  return { stanzas, stop: () => (MessageRouter.prototype.accept = accept) };
}

/** The stanza of a post in one line: whom it names, with a key or without, and what comes with it. */
export function inShort(stanza: BinaryNode, names: ReadonlyMap<string, string>): string {
  const named = (jid: string | undefined): string => {
    const [, user = '', device = '', server = ''] = /^(\d+)(:\d+)?@(.+)$/.exec(jid ?? '') ?? [];
    return `${names.get(user) ?? user}${device}@${server === 'lid' ? 'lid' : 'number'}`;
  };
  const participants = childrenOf(childOf(stanza, 'participants'), 'to').map((to) => {
    const enc = childOf(to, 'enc');
    return enc === undefined ? named(to.attrs['jid']) : `${named(to.attrs['jid'])} with key`;
  });
  const only = stanza.attrs['participant'];
  const whom = only === undefined ? participants.join(', ') : `only ${named(only)}`;
  const parts = childrenOf(stanza, 'enc').map(({ attrs }) => attrs['type'] ?? '');
  return `${whom} · ${parts.join(', ')}`;
}

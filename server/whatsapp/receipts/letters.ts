import {
  type BinaryNode,
  extractAddressingContext,
  getBinaryNodeChildren,
  type WASocket,
} from '@whiskeysockets/baileys';
import { lidServer } from '../jid.js';
import { parseJid, personOfJid } from '../wire/addresses.js';
import { isOwn, type OwnAddress } from './receipts.js';

/**
 * Whether it is a private message of somebody that their device encrypted for this one. What the own devices send, to somebody
 * (with a `recipient`) or to each other, is none; nor is a reaction, what bots send (`msmsg`), or what is announced without a
 * content.
 */
export function isLetter(node: BinaryNode, own: OwnAddress): boolean {
  const { from, recipient, category, type } = node.attrs;
  const sender = personOfJid(from);
  if (sender === undefined || isOwn(sender, own) || recipient !== undefined) return false;
  if (category === 'peer' || type === 'reaction') return false;
  const ciphers = getBinaryNodeChildren(node, 'enc').map(({ attrs }) => attrs['type']);
  return ciphers.length > 0 && ciphers.every((cipher) => cipher === 'msg' || cipher === 'pkmsg');
}

/** The same of what another device of the account sent to somebody, of which this one gets a copy. */
export function isOwnLetter(node: BinaryNode, own: OwnAddress): boolean {
  const { from, recipient, ...attrs } = node.attrs;
  const sender = personOfJid(from);
  const addressee = personOfJid(recipient);
  if (sender === undefined || !isOwn(sender, own) || addressee === undefined || isOwn(addressee, own)) return false;
  return isLetter({ ...node, attrs: { ...attrs, from: recipient ?? '' } }, own);
}

/** What Baileys does with the other address of a sender before it opens a message: without it, it may not find the session. */
export async function learnSender(
  node: BinaryNode,
  { lidMapping, migrateSession }: Pick<WASocket['signalRepository'], 'lidMapping' | 'migrateSession'>,
): Promise<void> {
  const from = node.attrs['from'] ?? '';
  const { senderAlt: other } = extractAddressingContext(node);
  if (!other) return;
  if (parseJid(other)?.server !== lidServer) {
    await lidMapping.storeLIDPNMappings([{ lid: from, pn: other }]);
    await migrateSession(other, from);
  } else if (!(await lidMapping.getPNForLID(other))) {
    await lidMapping.storeLIDPNMappings([{ lid: other, pn: from }]);
    await migrateSession(from, other);
  }
}

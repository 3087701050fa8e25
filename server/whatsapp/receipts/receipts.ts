import type { BinaryNode } from '@whiskeysockets/baileys';
import { personOfJid, statusBroadcast } from '../wire/addresses.js';
import type { PersonAddress, ReceiptKind, StatusReceipt } from '../gateway.js';

/** Whose devices never count as viewers: the linked account in both of its forms. */
export interface OwnAddress {
  phoneNumber: string | null;
  lid: string | null;
}

function children(node: BinaryNode): BinaryNode[] {
  return Array.isArray(node.content) ? node.content : [];
}

/** Ids of all clients are letters and digits (WhatsApp Web's `3EB0…`, iPhones' `3A…`); more is let through than is known. */
export const messageIdForm = /^[!-~]{1,128}$/;

/** Absent and `delivery` mean delivered. `inactive` is a delivery too: the app was in the background. */
function kindOf(type: string | undefined): ReceiptKind | undefined {
  if (type === undefined || type === '' || type === 'delivery' || type === 'inactive') return 'delivered';
  if (type === 'read' || type === 'played') return type;
  return undefined;
}

/** There was no WhatsApp before 2009. */
const earliestMs = Date.UTC(2009, 0, 1);
/** So far may the clocks be apart. What is said to have happened later would be the last thing that people did, for years. */
const aheadMs = 24 * 60 * 60 * 1000;

/** WhatsApp's time; `fallback`, which is about now, for one that is missing or cannot be. */
export function timeOf(seconds: string | undefined, fallback: Date): Date {
  const ms = Number(seconds) * 1000;
  return ms >= earliestMs && ms <= fallback.getTime() + aheadMs ? new Date(ms) : fallback;
}

export function isOwn(person: PersonAddress, own: OwnAddress): boolean {
  return (
    (person.lid !== null && person.lid === own.lid) ||
    (person.phoneNumber !== null && person.phoneNumber === own.phoneNumber)
  );
}

/** Some stanzas name both forms of the same person in hint attributes. */
export function withHint(
  person: PersonAddress,
  attributes: Readonly<Record<string, string>>,
  prefix: string,
): PersonAddress {
  const hint = personOfJid(attributes[`${prefix}_pn`] ?? attributes[`${prefix}_lid`]);
  return { phoneNumber: person.phoneNumber ?? hint?.phoneNumber ?? null, lid: person.lid ?? hint?.lid ?? null };
}

/**
 * The facts in one raw `<receipt>` about our statuses; an empty list for every other receipt. Four shapes are known:
 * - one reader per stanza: `participant` with `id`, further ids in `<list><item id/></list>`;
 * - the same without a `participant`, from the reader, as for a private message;
 * - grouped by message: `<participants message_id><user jid t type/></participants>` (whatsmeow #1270);
 * - grouped, older: `<participants key><user jid t/></participants>`, the type on the stanza.
 *
 * `now` stands in for a missing time, and for one that cannot be. What names no message by an id in the form that
 * ids have, or no person by digits, is dropped here: nobody's post is meant, and no database has to hold it. Own devices are dropped, device numbers too; nothing is deduplicated.
 */
export function readStatusReceipts(node: BinaryNode, own: OwnAddress, now: Date): StatusReceipt[] {
  if (node.tag !== 'receipt') return [];
  const found = node.attrs['from'] === statusBroadcast ? fromStatuses(node, now) : fromChat(node, now);
  return found.filter(({ messageId, person }) => messageIdForm.test(messageId) && !isOwn(person, own));
}

function fromStatuses(node: BinaryNode, now: Date): StatusReceipt[] {
  const { attrs } = node;
  const stanzaTime = timeOf(attrs['t'], now);
  const receipts: StatusReceipt[] = [];
  for (const group of children(node).filter((child) => child.tag === 'participants')) {
    const messageId = group.attrs['message_id'] ?? group.attrs['key'] ?? attrs['id'] ?? '';
    for (const user of children(group).filter((child) => child.tag === 'user')) {
      const person = personOfJid(user.attrs['jid']);
      const kind = kindOf(user.attrs['type'] ?? attrs['type']);
      if (person === undefined || kind === undefined) continue;
      const at = timeOf(user.attrs['t'], stanzaTime);
      receipts.push({ messageId, person: withHint(person, user.attrs, 'jid'), kind, at });
    }
  }
  const reader = personOfJid(attrs['participant']);
  const kind = kindOf(attrs['type']);
  if (reader === undefined || kind === undefined) return receipts;
  const person = withHint(reader, attrs, 'participant');
  return [...receipts, ...idsIn(node).map((messageId) => ({ messageId, person, kind, at: stanzaTime }))];
}

/** With a `recipient` it is about a message that another device of ours sent to somebody. */
function fromChat(node: BinaryNode, now: Date): StatusReceipt[] {
  const { attrs } = node;
  const reader = personOfJid(attrs['from']);
  const kind = kindOf(attrs['type']);
  if (reader === undefined || kind === undefined || attrs['recipient'] !== undefined) return [];
  const person = withHint(withHint(reader, attrs, 'sender'), attrs, 'participant');
  const at = timeOf(attrs['t'], now);
  return idsIn(node).map((messageId) => ({ messageId, person, kind, at, viaChat: true }));
}

function idsIn(node: BinaryNode): string[] {
  const items = children(node)
    .filter((child) => child.tag === 'list')
    .flatMap((list) => children(list).map((item) => item.attrs['id'] ?? ''));
  return [node.attrs['id'] ?? '', ...items];
}

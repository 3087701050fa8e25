import { statusBroadcast } from './jid.js';
import { childOf, childrenOf, element, unixSeconds, type BinaryNode } from './node.js';

export interface ReceiptFacts {
  /** The message ids that it is about, the stanza's own first. */
  ids: string[];
  to: string | undefined;
  participant: string | undefined;
  /** Empty for "delivered". */
  type: string;
}

/** A client's receipt, as `sendReceipt` writes it. */
export function readReceipt(node: BinaryNode): ReceiptFacts | string {
  const { id, to, participant, type = '' } = node.attrs;
  if (!id) return 'a receipt without an id';
  return { ids: idsOf(node), to, participant, type };
}

export function receiptAck(receipt: BinaryNode): BinaryNode {
  const { id, to, type, participant } = receipt.attrs;
  return element('ack', { class: 'receipt', id, from: to, type, participant });
}

const viewersPerStanza = 100;

/**
 * The grouped form, reported in September 2026: several viewers of one status in one stanza, which has an id of its
 * own. Receipts that are not for a status stay as they are.
 */
export function groupReceipts(receipts: readonly BinaryNode[], nextId: () => string): BinaryNode[] {
  const byStatus = new Map<string, BinaryNode[]>();
  const others: BinaryNode[] = [];
  for (const receipt of receipts) {
    const { from, participant, t, type } = receipt.attrs;
    if (from !== statusBroadcast || participant === undefined || type === 'retry') {
      others.push(receipt);
      continue;
    }
    const user = element('user', { jid: participant, t, type: type === undefined ? 'delivery' : 'read' });
    for (const id of idsOf(receipt)) addTo(byStatus, id, user);
  }
  const grouped = [...byStatus].flatMap(([id, users]) =>
    Array.from({ length: Math.ceil(users.length / viewersPerStanza) }, (_, nth) =>
      element('receipt', { class: 'status', from: statusBroadcast, id: nextId(), t: unixSeconds() }, [
        element('participants', { message_id: id }, users.slice(nth * viewersPerStanza, (nth + 1) * viewersPerStanza)),
      ]),
    ),
  );
  return [...grouped, ...others];
}

function idsOf(receipt: BinaryNode): string[] {
  const listed = childrenOf(childOf(receipt, 'list'), 'item').map((item) => item.attrs['id'] ?? '');
  return [receipt.attrs['id'] ?? '', ...listed];
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

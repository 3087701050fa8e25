import { STATUS_JID } from './jid.js';
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
  const listed = childrenOf(childOf(node, 'list'), 'item').map((item) => item.attrs['id'] ?? '');
  return { ids: [id, ...listed], to, participant, type };
}

export function receiptAck(receipt: BinaryNode): BinaryNode {
  const { id, to, type, participant } = receipt.attrs;
  return element('ack', { class: 'receipt', id, from: to, type, participant });
}

/** The grouped form: several viewers of one status in one stanza, which has an id of its own. */
export function groupedStatusReceipt(
  stanzaId: string,
  messageId: string,
  viewers: readonly { viewer: string; type: 'read' | 'delivery'; at: Date }[],
): BinaryNode {
  const users = viewers.map(({ viewer, type, at }) => element('user', { jid: viewer, t: unixSeconds(at), type }));
  return element('receipt', { class: 'status', from: STATUS_JID, id: stanzaId, t: unixSeconds() }, [
    element('participants', { message_id: messageId }, users),
  ]);
}

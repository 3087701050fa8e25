import { type BinaryNode, buildAckStanza, type WASocket } from '@whiskeysockets/baileys';
import { encodeStanza } from '../wire/encode-stanza.js';

/** The acknowledgement of a `<receipt>`, in the bytes of Baileys' own `encodeBinaryNode(buildAckStanza(receipt))`. */
export function encodeReceiptAck(receipt: BinaryNode): Buffer {
  const { tag, attrs } = buildAckStanza(receipt);
  const present = Object.entries(attrs).filter(([, value]: [string, string | undefined]) => value !== undefined);
  return encodeStanza({ tag, attrs: Object.fromEntries(present) });
}

/**
 * Tells WhatsApp that we have a receipt. What Baileys does with one besides, telling listeners that nobody registered and
 * buffering its events meanwhile, costs several times the acknowledgement. After the end of the socket nothing leaves,
 * and WhatsApp delivers the receipt again.
 */
export async function acknowledgeReceipt(
  socket: { ws: Pick<WASocket['ws'], 'isOpen'>; sendRawMessage: WASocket['sendRawMessage'] },
  receipt: BinaryNode,
): Promise<void> {
  if (socket.ws.isOpen) await socket.sendRawMessage(encodeReceiptAck(receipt));
}

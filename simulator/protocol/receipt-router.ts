import type { Companion } from '../state/account.js';
import { formatJid, parseJid, statusBroadcast, type AddressForm } from '../wire/jid.js';
import { childrenOf, element, unixSeconds, type BinaryNode } from '../wire/node.js';
import { readReceipt, receiptAck } from '../wire/receipt-stanza.js';
import type { ContactCourier } from './contact-courier.js';
import { readRetryRequest } from './retry-request.js';
import type { ServerContext } from './server-context.js';

export type ReceiptContext = Pick<ServerContext, 'now' | 'refusals' | 'settings' | 'world'> & {
  readonly courier: ContactCourier;
};

/** Receipts that concern only the device and its own phone. */
const ownTypes: ReadonlySet<string> = new Set(['sender', 'peer_msg', 'hist_sync', 'server-error', 'inactive']);

/** Takes a client's receipt: acknowledges it, stops redelivery, and tells the author. */
export function handleReceipt(context: ReceiptContext, companion: Companion, node: BinaryNode): void {
  const from = formatJid({ form: 'pn', user: companion.account.phoneNumber, device: companion.deviceId });
  const receipt = readReceipt(node);
  if (typeof receipt === 'string') return context.refusals.record(from, 'receipt', receipt);
  companion.link?.send(receiptAck(node));
  const { ids, to, participant, type } = receipt;
  // A device that asks again still has to say that it is done with the stanza itself.
  const isHeld = context.settings.holdQueueBehindErrorAck && type === 'retry' && to === statusBroadcast;
  if (type !== 'read' && type !== 'played' && !isHeld) {
    for (const id of ids) companion.outbox.settleMessage(id, to, participant);
  }
  if (ownTypes.has(type)) return;
  const authorJid = to === statusBroadcast ? participant : to;
  const author = parseJid(authorJid);
  if (!author) return;
  const person = context.world.findPerson(author);
  if (!person || person === companion.account.person) return;
  const readsHidden = companion.account.privacy.get('readreceipts') === 'none';
  if (type === 'read' && readsHidden) return;
  const viewer = viewerJid(companion, author.form);
  const forwarded = element(
    'receipt',
    {
      id: ids[0],
      from: to === statusBroadcast ? statusBroadcast : viewer,
      participant: to === statusBroadcast ? viewer : undefined,
      t: unixSeconds(context.now()),
      type: type || undefined,
    },
    childrenOf(node),
  );
  if (type === 'retry') {
    // Only the device that encrypted the message can encrypt it again.
    const encrypter = context.world.findCompanion(author);
    if (encrypter) return encrypter.deliver(forwarded);
    const request = readRetryRequest(companion, node);
    if (typeof request === 'string') return context.refusals.record(from, 'retry', request);
    const problem = context.courier.sendAgain(companion, person, author.device, request);
    if (problem !== null) context.refusals.record(from, 'retry', problem);
    return;
  }
  const recipient = context.world.findAccount(person.phoneNumber);
  for (const device of recipient?.liveCompanions ?? []) device.deliver(forwarded);
}

function viewerJid(companion: Companion, form: AddressForm): string {
  const { phoneNumber, person } = companion.account;
  return form === 'lid' && person.lid !== null
    ? formatJid({ form: 'lid', user: person.lid, device: companion.deviceId })
    : formatJid({ form: 'pn', user: phoneNumber, device: companion.deviceId });
}

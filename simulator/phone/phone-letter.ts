import type { proto } from '@whiskeysockets/baileys';
import type { EncryptedPart } from '../contact/contact-device.js';
import { personJid, type Sent } from '../contact/sending.js';
import type { ServerParts } from '../protocol/server-parts.js';
import type { Account } from '../state/account.js';
import type { Person } from '../state/person.js';
import { formatJid } from '../wire/jid.js';
import { bytesOf, childrenOf } from '../wire/node.js';

type Context = Pick<ServerParts, 'courier' | 'events' | 'now' | 'world'>;

/** The person writes to somebody on the phone itself: their devices get it, and the linked devices a copy that says to whom. */
export function writeFromPhone(context: Context, account: Account, to: Person, message: proto.IMessage): Sent {
  const { world, courier } = context;
  const at = context.now();
  const { writer } = account.person.contact;
  const form = courier.formOf(to);
  const devices = to.simulatedDevices().map(({ id }) => ({
    phoneNumber: to.phoneNumber,
    deviceId: id,
    takeBundle: () => world.takeBundle({ form: 'pn', user: to.phoneNumber, device: id }),
  }));
  const sent = writer.sealFor(message, { to: devices, form, at });
  if (!sent.ok) return sent;
  const { phoneNumber, identity } = account;
  const from = { phoneNumber, lid: account.person.lid, deviceId: 0 };
  for (const { to: device, node } of sent.messages) {
    const user = form === 'lid' ? (to.lid ?? '') : to.phoneNumber;
    to.contact.receive({
      messageId: sent.id,
      chat: 'direct',
      from: { ...from, accountIdentity: identity.publicKey, identity: identity.publicKey },
      parts: childrenOf(node, 'enc').map((enc) => {
        const type: EncryptedPart['type'] = enc.attrs['type'] === 'pkmsg' ? 'pkmsg' : 'msg';
        return { type, bytes: bytesOf(enc) ?? Buffer.alloc(0) };
      }),
      toDevice: device.deviceId,
      addressedAs: formatJid({ form, user, device: device.deviceId }),
      at,
    });
  }
  context.events.emit('person', to);
  return writer.copy(sent.id, message, {
    to: world.correspondents(account),
    form,
    at,
    recipient: personJid(to, form),
  });
}

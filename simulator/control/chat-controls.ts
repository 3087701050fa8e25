import { z } from 'zod';
import { personJid } from '../contact/sending.js';
import { writeFromPhone } from '../phone/phone-letter.js';
import type { ServerParts } from '../protocol/server-parts.js';
import type { Person } from '../state/person.js';
import { statusBroadcast } from '../wire/jid.js';
import { element, unixSeconds } from '../wire/node.js';
import { ControlError, parseWith, type ControlRoute } from './control-server.js';
import type { LinkingControls } from './linking-controls.js';

type Context = Pick<ServerParts, 'courier' | 'events' | 'now' | 'world'>;

/** A private message as a person's phone has it. */
export interface LetterView {
  id: string;
  from: string;
  /** Of what another device of the person sent: the JID of whom it was sent to. */
  sentTo: string | null;
  type: string;
  text: string | null;
  quotedStatusId: string | null;
  quotedId: string | null;
  quotedText: string | null;
  /** How often it arrived, on all of the person's devices together. */
  copies: number;
  at: string;
}

/** What a phone writes to somebody; `quoting` is the id of a message of theirs, `aboutStatus` that of a status of its own. */
export interface PhoneLetter {
  text: string;
  quoting?: string | undefined;
  aboutStatus?: string | undefined;
}

const idSchema = z.string().min(1).max(128);
const letterSchema = z.strictObject({
  to: z.string(),
  text: z.string().min(1).max(4_096),
  quoting: idSchema.optional(),
  aboutStatus: idSchema.optional(),
});

/** Chats between an account and its contacts, as both phones have them. */
export class ChatControls {
  constructor(
    private readonly context: Context,
    private readonly linking: LinkingControls,
  ) {}

  /** Private messages that this person's devices decrypted; those of an account's phone include copies of what its other devices sent. */
  messages(phoneNumber: string): LetterView[] {
    return this.person(phoneNumber).contact.messages.map(({ from, at, message: _, ...letter }) => ({
      ...letter,
      from: from.phoneNumber,
      at: new Date(at).toISOString(),
    }));
  }

  /** The person reads a private message; its author's devices hear of it, unless the person hides that. */
  read(phoneNumber: string, messageId: string): { receipts: number } {
    const person = this.person(phoneNumber);
    const letter = person.contact.messages.find(({ id }) => id === messageId);
    if (!letter) throw new ControlError(409, `${phoneNumber} has no message ${messageId}`);
    if (!person.readReceipts) return { receipts: 0 };
    const from = personJid(person, this.context.courier.formOf(person));
    const t = unixSeconds(this.context.now());
    const devices = this.linking.devices(letter.from.phoneNumber);
    for (const device of devices) device.deliver(element('receipt', { from, id: messageId, t, type: 'read' }));
    return { receipts: devices.length };
  }

  /** An account's owner writes to a contact on the phone itself. */
  write(phoneNumber: string, to: string, { text, quoting, aboutStatus }: PhoneLetter): { id: string } {
    const account = this.linking.get(phoneNumber);
    const person = this.person(to);
    const form = this.context.courier.formOf(person);
    const stanzaId = aboutStatus ?? quoting;
    const author = aboutStatus === undefined ? person : account.person;
    const aboutStatuses = aboutStatus === undefined ? {} : { remoteJid: statusBroadcast };
    const quotedMessage = { conversation: '' };
    const message =
      stanzaId === undefined
        ? { conversation: text }
        : {
            extendedTextMessage: {
              text,
              contextInfo: { stanzaId, participant: personJid(author, form), quotedMessage, ...aboutStatuses },
            },
          };
    const copies = writeFromPhone(this.context, account, person, message);
    if (!copies.ok) throw new ControlError(409, copies.reason);
    for (const { to: device, node } of copies.messages) account.companions.get(device.deviceId)?.deliver(node);
    return { id: copies.id };
  }

  routes(): ControlRoute[] {
    return [
      {
        method: 'GET',
        path: '/admin/contacts/:phone/messages',
        handle: ({ params }) => ({ messages: this.messages(params['phone'] ?? '') }),
      },
      {
        method: 'POST',
        path: '/admin/contacts/:phone/read',
        handle: ({ params, body }) => {
          const { messageId } = parseWith(z.strictObject({ messageId: idSchema }), body);
          return this.read(params['phone'] ?? '', messageId);
        },
      },
      {
        method: 'POST',
        path: '/admin/accounts/:phone/write',
        handle: ({ params, body }) => {
          const { to, ...letter } = parseWith(letterSchema, body);
          return this.write(params['phone'] ?? '', to, letter);
        },
      },
    ];
  }

  private person(phoneNumber: string): Person {
    const person = this.context.world.findPersonByNumber(phoneNumber);
    if (!person) throw new ControlError(404, `${phoneNumber} is nobody here`);
    return person;
  }
}

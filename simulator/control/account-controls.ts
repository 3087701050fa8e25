import { z } from 'zod';
import {
  announceChange,
  removeContacts,
  saveContacts,
  savePushName,
  saveStatusAudience,
  sendChats,
} from '../phone/address-book.js';
import { personJid } from '../contact/sending.js';
import { parseJid } from '../wire/jid.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { Account } from '../state/account.js';
import type { Person } from '../state/person.js';
import { ControlError, parseWith, type ControlRoute } from './control-server.js';
import type { AccountView, LinkingControls } from './linking-controls.js';

type Context = Pick<ServerContext, 'breathe' | 'log' | 'nextStanzaId' | 'now' | 'world'>;

const audienceSchema = z.strictObject({
  type: z.enum(['contacts', 'whitelist', 'blacklist']),
  jids: z
    .array(z.string().refine((jid) => parseJid(jid) !== undefined, 'a person’s number@s.whatsapp.net or lid@lid'))
    .max(50_000)
    .default([]),
  /** Numbers of people to list besides, each in this form; by number where there is no LID. */
  contacts: z.array(z.string()).max(50_000).default([]),
  form: z.enum(['pn', 'lid']).default('pn'),
});
const changesSchema = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  /** Every login gets this failure node; null lets logins in again. */
  loginFailure: z
    .strictObject({ reason: z.string(), attributes: z.record(z.string(), z.string()).default({}) })
    .nullable()
    .optional(),
  passkeyGated: z.boolean().optional(),
  /** What the person answers to a linking request; null is yes. */
  refusesLinking: z.string().nullable().optional(),
  restriction: z.strictObject({ type: z.string(), endsAt: z.coerce.date() }).nullable().optional(),
  statusAudience: audienceSchema.optional(),
  privacy: z.record(z.string(), z.string()).optional(),
});
const addressBookSchema = z.strictObject({
  /** Numbers to save under their names; all contacts of the simulator when `all` is set. */
  contacts: z.array(z.string()).max(50_000).optional(),
  all: z.boolean().optional(),
  /** With how many of them there are chats, in the history that follows a linking. */
  chats: z.int().min(0).max(50_000).optional(),
});

const removalSchema = z.strictObject({ contacts: z.array(z.string()).min(1).max(1_000) });

export type AccountChanges = z.input<typeof changesSchema>;

/** What happens on an account's phone, apart from linking: names, address book, privacy, trouble with WhatsApp. */
export class AccountControls {
  constructor(
    private readonly context: Context,
    private readonly linking: LinkingControls,
  ) {}

  change(phoneNumber: string, wanted: AccountChanges): AccountView {
    const changes = parseWith(changesSchema, wanted);
    const account = this.linking.get(phoneNumber);
    const { name, loginFailure, passkeyGated, refusesLinking, restriction, statusAudience, privacy } = changes;
    if (loginFailure !== undefined) account.loginFailure = loginFailure;
    if (passkeyGated !== undefined) account.passkeyGated = passkeyGated;
    if (refusesLinking !== undefined) account.refusesLinking = refusesLinking;
    if (restriction !== undefined) account.restriction = restriction;
    for (const [category, value] of Object.entries(privacy ?? {})) account.privacy.set(category, value);
    if (name !== undefined) {
      account.person.name = name;
      savePushName(account);
      announceChange(this.context, account, 'critical_block');
    }
    if (statusAudience !== undefined) {
      const { type, jids, contacts, form } = statusAudience;
      const listed = contacts.map((number) => personJid(this.person(number), form));
      saveStatusAudience(account, { type, jids: [...jids, ...listed] });
      announceChange(this.context, account, 'regular_high');
    }
    return this.linking.account(phoneNumber);
  }

  /**
   * Saves people in the phone's address book. Before linking it becomes part of the first sync; devices that are
   * linked already get a `server_sync`, and the chats as further history.
   */
  async fillAddressBook(
    phoneNumber: string,
    { contacts, all, chats = 0 }: z.output<typeof addressBookSchema>,
  ): Promise<{ saved: number; chats: number }> {
    const account = this.linking.get(phoneNumber);
    const people = all ? this.everybodyBut(account) : (contacts ?? []).map((number) => this.person(number));
    await saveContacts(this.context, account, people);
    const partners = people.slice(0, chats);
    account.chats.push(...partners);
    announceChange(this.context, account, 'critical_unblock_low');
    if (partners.length > 0) {
      for (const companion of account.liveCompanions) {
        if (companion.loginCount > 0) await sendChats(this.context, companion, partners);
      }
    }
    return { saved: people.length, chats: partners.length };
  }

  /** Takes people out of the phone's address book. Linked devices get a `server_sync`. */
  removeFromAddressBook(phoneNumber: string, { contacts }: z.output<typeof removalSchema>): { removed: number } {
    const account = this.linking.get(phoneNumber);
    const people = contacts.map((number) => this.person(number)).filter((person) => account.addressBook.has(person));
    if (people.length > 0) removeContacts(account, people);
    announceChange(this.context, account, 'critical_unblock_low');
    return { removed: people.length };
  }

  routes(): ControlRoute[] {
    return [
      {
        method: 'PATCH',
        path: '/admin/accounts/:phone',
        handle: ({ params, body }) => this.change(params['phone'] ?? '', parseWith(changesSchema, body)),
      },
      {
        method: 'POST',
        path: '/admin/accounts/:phone/address-book',
        handle: ({ params, body }) => this.fillAddressBook(params['phone'] ?? '', parseWith(addressBookSchema, body)),
      },
      {
        method: 'DELETE',
        path: '/admin/accounts/:phone/address-book',
        handle: ({ params, body }) => this.removeFromAddressBook(params['phone'] ?? '', parseWith(removalSchema, body)),
      },
    ];
  }

  private everybodyBut(account: Account): Person[] {
    return [...this.context.world.people].filter((person) => person !== account.person);
  }

  private person(phoneNumber: string): Person {
    const person = this.context.world.findPersonByNumber(phoneNumber);
    if (!person) throw new ControlError(404, `${phoneNumber} is nobody here`);
    return person;
  }
}

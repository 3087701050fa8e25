import type { BinaryNode } from '@whiskeysockets/baileys';
import { z } from 'zod';
import type { PostOptions } from '../contact/contact-writer.js';
import type { Correspondent, Sent } from '../contact/sending.js';
import { element } from '../wire/node.js';
import type { ServerParts } from '../protocol/server-parts.js';
import type { Account } from '../state/account.js';
import type { Person } from '../state/person.js';
import { ControlError, parseWith, type ControlRoute } from './control-server.js';
import type { LinkingControls } from './linking-controls.js';

type Context = Pick<ServerParts, 'courier' | 'events' | 'now' | 'world'>;

/** A stanza as JSON: bytes are written as `{ "base64": "…" }`. */
export interface StanzaJson {
  tag: string;
  attrs?: Record<string, string> | undefined;
  content?: string | { base64: string } | StanzaJson[] | undefined;
}

const stanzaSchema: z.ZodType<StanzaJson> = z.lazy(() =>
  z.strictObject({
    tag: z.string().min(1),
    attrs: z.record(z.string(), z.string()).optional(),
    content: z.union([z.string(), z.strictObject({ base64: z.string() }), z.array(stanzaSchema)]).optional(),
  }),
);
const textSchema = z.strictObject({ to: z.string(), text: z.string().min(1).max(4_096) });
const postSchema = textSchema.extend({ unreadable: z.enum(['no_key', 'damaged']).optional() });
const revokeSchema = z.strictObject({ to: z.string(), statusId: z.string() });

/** What other people send to accounts by themselves, and stanzas that nobody but a tester would send. */
export class TrafficControls {
  constructor(
    private readonly context: Context,
    private readonly linking: LinkingControls,
  ) {}

  /** A contact posts a text status that this account's devices see, or cannot read. Returns its id. */
  post(
    phoneNumber: string,
    to: string,
    text: string,
    { unreadable }: { unreadable?: PostOptions['unreadable'] } = {},
  ): { id: string } {
    const account = this.linking.get(to);
    const message = { extendedTextMessage: { text, backgroundArgb: 0xff1f6feb, font: 0 } };
    return this.deliver(account, phoneNumber, (contact, options) =>
      contact.writer.post(message, { ...options, unreadable }),
    );
  }

  /** A contact takes a status back. */
  revokePost(phoneNumber: string, to: string, statusId: string): { id: string } {
    return this.deliver(this.linking.get(to), phoneNumber, (contact, options) =>
      contact.writer.revokePost(statusId, options),
    );
  }

  /** A contact writes a private message. */
  write(phoneNumber: string, to: string, text: string): { id: string } {
    return this.deliver(this.linking.get(to), phoneNumber, (contact, options) => contact.writer.write(text, options));
  }

  /** Gives a contact another LID; senders that use the old one are told with `refresh_lid`. */
  changeLid(phoneNumber: string, lid: string | boolean): { lid: string | null; formerLid: string | null } {
    const person = this.person(phoneNumber);
    const formerLid = this.context.world.changeLid(person, lid);
    return { lid: person.lid, formerLid };
  }

  /** Sends any stanza to an account's live devices. With `keep` it is delivered again until it is acknowledged. */
  sendStanza(phoneNumber: string, stanza: StanzaJson, keep = false): { devices: number } {
    const devices = this.linking.devices(phoneNumber);
    for (const device of devices) {
      const node = fromJson(stanza);
      if (keep) device.deliver(node);
      else device.link?.send(node);
    }
    return { devices: devices.length };
  }

  /** Hears every stanza that clients send and get after the handshake, until the function that this returns is called. */
  watchStanzas(hear: (way: 'received' | 'sent', node: BinaryNode) => void): () => void {
    const { events } = this.context;
    events.on('stanza', hear);
    return () => void events.off('stanza', hear);
  }

  routes(): ControlRoute[] {
    return [
      {
        method: 'POST',
        path: '/admin/contacts/:phone/post',
        handle: ({ params, body }) => {
          const { to, text, unreadable } = parseWith(postSchema, body);
          return this.post(params['phone'] ?? '', to, text, { unreadable });
        },
      },
      {
        method: 'POST',
        path: '/admin/contacts/:phone/revoke-post',
        handle: ({ params, body }) => {
          const { to, statusId } = parseWith(revokeSchema, body);
          return this.revokePost(params['phone'] ?? '', to, statusId);
        },
      },
      {
        method: 'POST',
        path: '/admin/contacts/:phone/write',
        handle: ({ params, body }) => {
          const { to, text } = parseWith(textSchema, body);
          return this.write(params['phone'] ?? '', to, text);
        },
      },
      {
        method: 'POST',
        path: '/admin/contacts/:phone/lid',
        handle: ({ params, body }) => {
          const { lid } = parseWith(z.strictObject({ lid: z.union([z.boolean(), z.string()]).default(true) }), body);
          return this.changeLid(params['phone'] ?? '', lid);
        },
      },
      {
        method: 'POST',
        path: '/admin/accounts/:phone/stanza',
        handle: ({ params, body, query }) =>
          this.sendStanza(params['phone'] ?? '', parseWith(stanzaSchema, body), query['keep'] === 'true'),
      },
    ];
  }

  private deliver(
    account: Account,
    phoneNumber: string,
    act: (contact: Person['contact'], options: { to: Correspondent[]; form: 'pn' | 'lid'; at: number }) => Sent,
  ): { id: string } {
    const person = this.person(phoneNumber);
    const form = this.context.courier.formOf(person);
    const to = this.context.world.correspondents(account);
    const sent = act(person.contact, { to, form, at: this.context.now() });
    if (!sent.ok) throw new ControlError(409, sent.reason);
    for (const message of sent.messages) account.companions.get(message.to.deviceId)?.deliver(message.node);
    return { id: sent.id };
  }

  private person(phoneNumber: string): Person {
    const person = this.context.world.findPersonByNumber(phoneNumber);
    if (!person) throw new ControlError(404, `${phoneNumber} is nobody here`);
    return person;
  }
}

function fromJson({ tag, attrs = {}, content }: StanzaJson): BinaryNode {
  if (content === undefined || typeof content === 'string') return element(tag, attrs, content);
  if (Array.isArray(content)) return element(tag, attrs, content.map(fromJson));
  return element(tag, attrs, Buffer.from(content.base64, 'base64'));
}

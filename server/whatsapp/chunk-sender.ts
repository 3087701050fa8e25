import { type BinaryNode, encodeWAMessage, proto, type WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../lib/clock.js';
import {
  type AddressForm,
  devicesToReach,
  jidsOf,
  ownUserOf,
  type Recipient,
  resolveRecipients,
  usersOf,
} from './audience-chunk.js';
import type { AuthState } from './auth-state.js';
import type { AccountIdentity, PersonAddress } from './gateway.js';
import type { AddressPair } from './address-pairs.js';
import { parseJid } from './addresses.js';
import { encodeStanza } from './encode-stanza.js';
import { type SealedForDevices, sealForDevices } from './key-delivery.js';
import { MessageAcks } from './message-ack.js';
import type { KnownDevices, RecipientDevicesStore } from './recipient-devices-store.js';
import { askForDevices, UnansweredError } from './recipient-devices.js';
import type { SentMessage } from './sent-messages-store.js';
import type { DeviceEncryptor } from './signal/device-encryptor.js';
import type { PreKeyBundle } from './signal/session-start.js';
import { keyMessage, mediaTypeOf, statusStanza } from './status-message.js';

export interface ChunkSenderParts {
  sessionId: string;
  socket: WASocket;
  auth: AuthState;
  devices: RecipientDevicesStore;
  encryptor: DeviceEncryptor;
  /** Aborted when the socket is at its end. */
  ended: AbortSignal;
  ackTimeoutMs: number;
  /** Sends the sender key also to devices that have it. */
  resendKeys: boolean;
  clock: Clock;
  onAddressPairs: (pairs: AddressPair[]) => Promise<void>;
}

/** What all chunks of a post have in common. */
export interface Post {
  messageId: string;
  account: AccountIdentity;
  sealed: SentMessage;
  form: AddressForm;
}

/** Some of a post's recipients, and the part of the stanza that is for their devices. */
export interface Chunk {
  recipients: Recipient[];
  users: string[];
  participants: BinaryNode[];
  /** Whether a device has to be shown who we are. */
  hasNewSessions: boolean;
  /** What is to be remembered once the server has taken it: lists that have just come, keys that are given now. */
  known: KnownDevices[];
  listed: ReadonlySet<string>;
}

export type ChunkAnswer =
  | { result: 'acknowledged'; at: Date; listsAreStale: boolean; addressesAreStale: boolean }
  | { result: 'rejected'; code: string }
  | { result: 'unconfirmed' };

/** Devices whose keys were refused or false are not asked for again for this long. */
const refusedForMs = 6 * 60 * 60 * 1000;

/** An ack that is overdue is waited for so long before the connection is renewed. */
const maxOverdueMs = 15_000;

/** Brings one chunk of a post to WhatsApp. */
export class ChunkSender {
  private readonly acks: MessageAcks;

  constructor(private readonly parts: ChunkSenderParts) {
    this.acks = new MessageAcks(parts.socket, parts.ended);
  }

  /**
   * Whether the next ack for this message can only be that of the next chunk; waits a while for those that are overdue. A
   * chunk for people of one that was not acknowledged needs no such certainty: either ack says that they have it.
   */
  acksAreSettled(messageId: string): Promise<boolean> {
    return this.acks.settled(messageId, Math.min(this.parts.ackTimeoutMs, maxOverdueMs));
  }

  /**
   * Looks up the devices of these people and gives the sender key to those that lack it; their sessions are stored when it
   * resolves, and nothing has left. Rejects with {@link UnansweredError}.
   */
  async prepare(post: Post, people: readonly PersonAddress[], withOwner: boolean): Promise<Chunk> {
    const { account, form, sealed } = post;
    const recipients = await resolveRecipients(this.parts, people, form, this.parts.onAddressPairs);
    const ownUser = ownUserOf(account, form.server);
    const users = usersOf(recipients, ownUser);
    const { known, listed } = await this.lookUp(withOwner ? [ownUser, ...users] : users, form);

    const plans = [...known.values()].map((one) => this.planFor(one, post, ownUser));
    const jids = plans.flatMap(({ one, lacking }) => jidsOf(one.user, form.server, lacking));
    const keys = await sealForDevices(this.parts, encodeContent(keyMessage(sealed.distribution)), jids);

    const participants: BinaryNode[] = [];
    const changed: KnownDevices[] = [];
    const unreached = new Set<string>();
    for (const plan of plans) {
      const { one } = plan;
      const given = nodesFor(keys, plan, form);
      for (const node of given.nodes) participants.push(node);
      if (given.nodes.length === 0) unreached.add(one.user);
      const next = this.remembered(one, post, given);
      if (next !== one || listed.has(one.user)) changed.push(next);
    }
    for (const one of recipients) {
      if (one.user === undefined || one.user === ownUser || !unreached.has(one.user)) continue;
      one.outcome = (known.get(one.user)?.deviceIds ?? []).length === 0 ? 'no_device' : 'key_error';
    }
    return {
      recipients,
      users,
      participants,
      hasNewSessions: [...keys.nodes.values()].some(({ attrs }) => attrs['type'] === 'pkmsg'),
      known: changed.filter(({ deviceIds }) => deviceIds !== undefined && deviceIds.length > 0),
      listed,
    };
  }

  /** Sends a chunk and waits for the server's ack; then remembers which devices have the key now. */
  async send(post: Post, chunk: Chunk): Promise<ChunkAnswer> {
    const { socket, auth, sessionId, devices, ackTimeoutMs, clock } = this.parts;
    if (!socket.ws.isOpen) throw new UnansweredError('The connection was lost before the status left.');
    const answer = this.acks.wait(post.messageId, ackTimeoutMs);
    const stanza = statusStanza({
      messageId: post.messageId,
      isRevoke: post.sealed.about !== post.messageId,
      mediaType: mediaTypeOf(decodeContent(post.sealed.payload)),
      ciphertext: post.sealed.body,
      participants: chunk.participants,
      deviceIdentity: chunk.hasNewSessions ? (auth.creds.account ?? null) : null,
    });
    // What cannot be written is not acknowledged either, and only that has a deadline.
    socket.sendRawMessage(encodeStanza(stanza)).catch(() => undefined);
    const ack = await answer;
    if (ack === undefined) return { result: 'unconfirmed' };
    const code = ack.attrs['error'];
    if (code !== undefined) return { result: 'rejected', code };
    const at = clock.now();
    await devices.save(sessionId, post.form.server, chunk.known, chunk.listed, at.getTime());
    const addressesAreStale = ack.attrs['refresh_lid'] === 'true';
    return { result: 'acknowledged', at, listsAreStale: ack.attrs['phash'] !== undefined, addressesAreStale };
  }

  /** Sends a post once more to one device, in a new session from these keys. False when it has none that can be used. */
  async sendToDevice(post: Post, jid: string, bundles: ReadonlyMap<string, PreKeyBundle>): Promise<boolean> {
    const address = parseJid(jid);
    if (address === undefined || !bundles.has(jid)) return false;
    const payload = encodeContent(keyMessage(post.sealed.distribution));
    const keys = await sealForDevices(this.parts, payload, [jid], bundles);
    const { user, deviceId } = address;
    const stored = await this.parts.devices.find(this.parts.sessionId, post.form.server, [user], 0);
    const one = stored.get(user);
    const plan = { one: one ?? { ...nothingKnown, user }, deviceIds: [deviceId], lacking: [deviceId] };
    const given = nodesFor(keys, plan, post.form);
    if (given.nodes.length === 0) return false;
    const known = one === undefined ? [] : [this.remembered(one, post, given)];
    const chunk = { recipients: [], users: [user], participants: given.nodes, known, listed: new Set<string>() };
    const answer = await this.send(post, { ...chunk, hasNewSessions: true });
    return answer.result === 'acknowledged';
  }

  private async lookUp(
    users: readonly string[],
    { server, afresh }: AddressForm,
  ): Promise<{ known: Map<string, KnownDevices>; listed: Set<string> }> {
    const { sessionId, devices, clock } = this.parts;
    const stored = await devices.find(sessionId, server, users, clock.now().getTime());
    const unlisted = users.filter((user) => afresh || stored.get(user)?.deviceIds === undefined);
    const lists = await askForDevices(this.parts.socket, unlisted, server);
    const known = new Map<string, KnownDevices>();
    for (const user of users) {
      const one = stored.get(user) ?? { ...nothingKnown, user };
      const deviceIds = lists.get(user);
      known.set(user, deviceIds === undefined ? one : { ...one, deviceIds });
    }
    return { known, listed: new Set(lists.keys()) };
  }

  private planFor(one: KnownDevices, { account, form, sealed }: Post, ownUser: string): UserPlan {
    const listed = devicesToReach(one, account, ownUser);
    const areRefused = one.refused.length > 0 && !form.afresh;
    const deviceIds = areRefused ? listed.filter((id) => !one.refused.includes(id)) : listed;
    const isHolder = one.keyId === sealed.keyId && !this.parts.resendKeys;
    const hasKey = (id: number): boolean => isHolder && one.keyHolders.includes(id);
    return { one, deviceIds, lacking: deviceIds.every(hasKey) ? none : deviceIds.filter((id) => !hasKey(id)) };
  }

  private remembered(one: KnownDevices, { sealed }: Post, { keyTo, refused }: GivenNodes): KnownDevices {
    if (keyTo.length === 0 && refused.length === 0) return one;
    const before = one.keyId === sealed.keyId ? one.keyHolders : [];
    return {
      ...one,
      keyId: sealed.keyId,
      keyHolders: [...new Set([...before, ...keyTo])],
      refused: [...new Set([...one.refused, ...refused])],
      refusedUntil: refused.length > 0 ? this.parts.clock.now().getTime() + refusedForMs : one.refusedUntil,
    };
  }
}

const nothingKnown = { deviceIds: undefined, keyId: null, keyHolders: [], refused: [], refusedUntil: 0 } as const;

/** What is for one user's devices in a chunk. */
interface UserPlan {
  one: KnownDevices;
  deviceIds: readonly number[];
  /** Of those, who is to be given the key. */
  lacking: readonly number[];
}

interface GivenNodes {
  nodes: BinaryNode[];
  keyTo: readonly number[];
  refused: readonly number[];
}

// A repeated post makes no lists of its own for those who have the key: with 50,000 people they are work for the garbage collector.
const none: readonly number[] = [];

/** The `<to>` nodes of one user's devices: bare for those that hold the key, none for those whose keys are refused. */
function nodesFor(keys: SealedForDevices, { one, deviceIds, lacking }: UserPlan, { server }: AddressForm): GivenNodes {
  const jids = jidsOf(one.user, server, deviceIds);
  if (lacking.length === 0)
    return { nodes: jids.map((jid) => ({ tag: 'to', attrs: { jid } })), keyTo: none, refused: none };
  const given = { nodes: new Array<BinaryNode>(), keyTo: new Array<number>(), refused: new Array<number>() };
  for (const [index, id] of deviceIds.entries()) {
    const jid = jids[index] ?? '';
    const enc = keys.nodes.get(jid);
    if (enc) {
      given.keyTo.push(id);
      given.nodes.push({ tag: 'to', attrs: { jid }, content: [enc] });
    } else if (lacking.includes(id)) given.refused.push(id);
    else given.nodes.push({ tag: 'to', attrs: { jid } });
  }
  return given;
}

/** Encoded and padded once; the padding's length is random. */
export function encodeContent(message: proto.IMessage): Buffer {
  return Buffer.from(encodeWAMessage(proto.Message.create(message)));
}

/** What {@link encodeContent} made. */
export function decodeContent(payload: Buffer): proto.IMessage {
  const padding = payload.at(-1) ?? 0;
  return proto.Message.decode(payload.subarray(0, payload.length - padding));
}

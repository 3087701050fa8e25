import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';
import type { AddressForm } from '../address-book/address-forms.js';
import { deviceJid, parseJid, type Server } from '../wire/addresses.js';
import { devicesToReach, jidsOf, ownUserOf, type Recipient, usersOf } from './audience-chunk.js';
import type { AuthState } from '../credentials/auth-state.js';
import { encodeContent, decodeContent } from './encode-content.js';
import { type AccountIdentity, UnansweredError } from '../gateway.js';
import { encodeStanza } from '../wire/encode-stanza.js';
import { fetchBundles, type SealedForDevices, sealForDevices } from './key-delivery.js';
import { MessageAcks } from './message-ack.js';
import { refusedForMs, type KnownDevices, type RecipientDevicesStore } from './recipient-devices-store.js';
import { askForDevices } from './recipient-devices.js';
import type { SentMessage } from './sent-messages-store.js';
import type { DeviceEncryptor } from '../signal/device-encryptor.js';
import type { PreKeyBundle } from '../signal/session-start.js';
import { keyMessage, mediaTypeOf, resendStanza, type StatusStanza, statusStanza } from './status-message.js';

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
}

/** What all chunks of a post have in common. */
export interface Post {
  messageId: string;
  account: AccountIdentity;
  sealed: SentMessage;
  form: AddressForm;
  /** What is known of devices is asked for again: the form before this one was refused. */
  afresh: boolean;
}

/** Some of a post's recipients, and the part of the stanza that is for their devices. */
export interface Chunk {
  recipients: Recipient[];
  users: string[];
  participants: BinaryNode[];
  /** The own phone has no usable keys, so that it does not get the post; undefined where the chunk is not for it. */
  ownPhoneIsMissing: boolean | undefined;
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

/** A device that could not open a post, and how often it has asked for it. */
export interface Asking {
  jid: string;
  attempt: number;
}

type PostFacts = Omit<StatusStanza, 'ciphertext' | 'participants'>;

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
   * resolves, and nothing has left. The outcomes are written into `recipients`. Rejects with {@link UnansweredError}.
   */
  async prepare(post: Post, recipients: Recipient[], withOwner: boolean): Promise<Chunk> {
    const { account, form, sealed } = post;
    const ownUser = ownUserOf(account, form.server);
    const users = usersOf(recipients, ownUser);
    const { known, listed } = await this.lookUp(withOwner ? [ownUser, ...users] : users, post);

    const plans = [...known.values()].map((one) => this.planFor(one, post, ownUser));
    const jids = plans.flatMap(({ one, lacking }) => jidsOf(one.user, form.server, lacking));
    const keys = await sealForDevices(this.parts, encodeContent(keyMessage(sealed.distribution)), jids);

    const participants: BinaryNode[] = [];
    const changed: KnownDevices[] = [];
    const unreached = new Set<string>();
    let ownPhoneIsMissing: boolean | undefined;
    for (const plan of plans) {
      const { one } = plan;
      const given = nodesFor(keys, plan, form.server);
      if (one.user === ownUser) ownPhoneIsMissing = given.refused.includes(0);
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
      ownPhoneIsMissing,
      hasNewSessions: [...keys.nodes.values()].some(({ attrs }) => attrs['type'] === 'pkmsg'),
      known: changed.filter(({ deviceIds }) => deviceIds !== undefined && deviceIds.length > 0),
      listed,
    };
  }

  /** Sends a chunk and waits for the server's ack; then remembers which devices have the key now. */
  async send(post: Post, chunk: Chunk): Promise<ChunkAnswer> {
    const { sessionId, devices, clock } = this.parts;
    const ack = await this.deliver(post, (facts) =>
      statusStanza({
        ...facts,
        ciphertext: post.sealed.body,
        participants: chunk.participants,
        deviceIdentity: chunk.hasNewSessions ? facts.deviceIdentity : null,
      }),
    );
    if (ack === undefined) return { result: 'unconfirmed' };
    const code = ack.attrs['error'];
    if (code !== undefined) return { result: 'rejected', code };
    const at = clock.now();
    await devices.save(sessionId, post.form.server, chunk.known, chunk.listed, at.getTime());
    const addressesAreStale = ack.attrs['refresh_lid'] === 'true';
    return { result: 'acknowledged', at, listsAreStale: ack.attrs['phash'] !== undefined, addressesAreStale };
  }

  /**
   * Sends a post once more to one device, in a new session from the keys that it sent, or that WhatsApp has of it. WhatsApp is
   * not asked while these are refused. False when there are none that can be used.
   */
  async sendToDevice(post: Post, { jid, attempt }: Asking, sentKeys: PreKeyBundle | undefined): Promise<boolean> {
    if (sentKeys === undefined && (await this.isRefused(post, jid))) return false;
    const bundles = sentKeys ? new Map([[jid, sentKeys]]) : await fetchBundles(this.parts.socket, [jid]);
    const { payload, distribution } = post.sealed;
    const message = encodeContent({ ...decodeContent(payload), ...keyMessage(distribution) });
    const sealed = bundles.has(jid) ? await sealForDevices(this.parts, message, [jid], bundles) : undefined;
    const enc = sealed?.nodes.get(jid);
    if (enc === undefined) return false;
    const ack = await this.deliver(post, (facts) => resendStanza({ ...facts, device: jid, enc, attempt }));
    return ack !== undefined && ack.attrs['error'] === undefined;
  }

  /**
   * Remembers that a device has the key of this post, which has to be the present one: a former one would hide that its
   * person holds that. Also of somebody of whom nothing was known.
   */
  async rememberKeyOf(post: Post, jid: string): Promise<void> {
    const { sessionId, devices, clock } = this.parts;
    const address = parseJid(jid);
    if (address === undefined) return;
    const { user, deviceId } = address;
    const before = await this.knownOf(post, user);
    // Also when WhatsApp refused its keys: it had others to give.
    const one = { ...before, refused: before.refused.filter((id) => id !== deviceId) };
    const known = this.remembered(one, post, { nodes: [], keyTo: [deviceId], refused: none });
    await devices.save(sessionId, post.form.server, [known], new Set(), clock.now().getTime());
  }

  private async isRefused(post: Post, jid: string): Promise<boolean> {
    const address = parseJid(jid);
    if (address === undefined) return false;
    return (await this.knownOf(post, address.user)).refused.includes(address.deviceId);
  }

  private async knownOf({ form }: Post, user: string): Promise<KnownDevices> {
    const { sessionId, devices, clock } = this.parts;
    const found = await devices.find(sessionId, form.server, [user], clock.now().getTime());
    return found.get(user) ?? { ...nothingKnown, user };
  }

  /** Sends a stanza of this post; the server's ack, or undefined when none comes in time. */
  private async deliver(post: Post, stanzaOf: (facts: PostFacts) => BinaryNode): Promise<BinaryNode | undefined> {
    const { socket, auth, ackTimeoutMs } = this.parts;
    const { messageId, sealed } = post;
    if (!socket.ws.isOpen) throw new UnansweredError('The connection was lost before the status left.');
    const answer = this.acks.wait(messageId, ackTimeoutMs);
    const stanza = stanzaOf({
      messageId,
      isRevoke: sealed.about !== messageId,
      mediaType: mediaTypeOf(decodeContent(sealed.payload)),
      setting: sealed.setting,
      deviceIdentity: auth.creds.account ?? null,
    });
    // What cannot be written is not acknowledged either, and only that has a deadline.
    socket.sendRawMessage(encodeStanza(stanza)).catch(() => undefined);
    return answer;
  }

  private async lookUp(
    users: readonly string[],
    { form, afresh }: Post,
  ): Promise<{ known: Map<string, KnownDevices>; listed: Set<string> }> {
    const { sessionId, devices, clock } = this.parts;
    const { server } = form;
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

  private planFor(one: KnownDevices, { account, form, afresh, sealed }: Post, ownUser: string): UserPlan {
    const listed = devicesToReach(one, account, ownUser);
    // The own devices get the key each time, as from WhatsApp Web: they are few, and whether they hold it is never asked.
    if (one.user === ownUser) return { one, deviceIds: listed, lacking: listed };
    const areRefused = one.refused.length > 0 && !afresh;
    const deviceIds = areRefused ? listed.filter((id) => !one.refused.includes(id)) : listed;
    const isHolder = one.keyId === sealed.keyId && form.keys === 'lacking' && !this.parts.resendKeys;
    const hasKey = (id: number): boolean => isHolder && one.keyHolders.includes(id);
    return { one, deviceIds, lacking: deviceIds.every(hasKey) ? none : deviceIds.filter((id) => !hasKey(id)) };
  }

  private remembered(one: KnownDevices, { sealed }: Post, { keyTo, refused }: GivenNodes): KnownDevices {
    const before = one.keyId === sealed.keyId ? one.keyHolders : none;
    // The own devices are given again what they hold, and nothing about them is to be stored.
    if (refused.length === 0 && keyTo.every((id) => before.includes(id))) return one;
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

/**
 * The `<to>` nodes of one user: the devices that are given the key, each with it, and nothing for the others, which get the
 * post by being the same person's; the bare name of the person when there is no device to be given the key. None for
 * somebody whose keys are all refused.
 */
function nodesFor(keys: SealedForDevices, { one, deviceIds, lacking }: UserPlan, server: Server): GivenNodes {
  const isHeld = deviceIds.length > lacking.length;
  if (lacking.length === 0) return { nodes: isHeld ? [bare(one.user, server)] : [], keyTo: none, refused: none };
  const given = { nodes: new Array<BinaryNode>(), keyTo: new Array<number>(), refused: new Array<number>() };
  for (const id of lacking) {
    const jid = deviceJid(one.user, server, id);
    const enc = keys.nodes.get(jid);
    if (enc === undefined) given.refused.push(id);
    else {
      given.keyTo.push(id);
      given.nodes.push({ tag: 'to', attrs: { jid }, content: [enc] });
    }
  }
  if (given.nodes.length === 0 && isHeld) given.nodes.push(bare(one.user, server));
  return given;
}

function bare(user: string, server: Server): BinaryNode {
  return { tag: 'to', attrs: { jid: deviceJid(user, server, 0) } };
}

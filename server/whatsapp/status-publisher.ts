import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BinaryNode, type WASocket, encodeWAMessage, proto } from '@whiskeysockets/baileys';
import type { Clock } from '../lib/clock.js';
import { deviceJid, lidServer, parseJid, statusBroadcast, userServer } from './addresses.js';
import type { AuthState } from './auth-state.js';
import type { DeviceCache } from './device-cache.js';
import type { AccountIdentity, PersonAddress, PublishOutcome, PublishRequest, RecipientOutcome } from './gateway.js';
import {
  type AddressPair,
  UnansweredError,
  devicesOfUsers,
  lidsOfNumbers,
  numbersOfLids,
} from './recipient-devices.js';
import { ensureSessions } from './signal-sessions.js';
import { statusMessage, statusStanza } from './status-message.js';

export interface StatusPublisherParts {
  socket: WASocket;
  auth: AuthState;
  devices: DeviceCache;
  /** Aborted when the socket is at its end. */
  ended: AbortSignal;
  ackTimeoutMs: number;
  clock: Clock;
  onAddressPairs: (pairs: AddressPair[]) => Promise<void>;
}

interface Recipient {
  person: PersonAddress;
  /** The user part in the form that this account uses; undefined when the person has none. */
  user: string | undefined;
  outcome: RecipientOutcome;
}

type SendOutcome =
  | { result: 'acknowledged'; at: Date }
  | { result: 'rejected'; code: string }
  | { result: 'unconfirmed'; connectionLost: boolean };

interface Encrypted {
  ciphertext: Uint8Array;
  participants: BinaryNode[];
}

/** Bounds how long encrypting for devices holds the event loop. */
const devicesPerTurn = 16;

/**
 * Posts statuses, with stanzas of our own making: Baileys' own way encrypts for the sending device, mixes both forms of
 * address, drops recipients without a word, and calls a written socket a success.
 */
export class StatusPublisher {
  constructor(private readonly parts: StatusPublisherParts) {}

  /** Outcomes are data. One post at a time per account: the caller's queue sees to it. */
  async publish(request: PublishRequest, account: AccountIdentity): Promise<PublishOutcome> {
    let recipients: Recipient[] = [];
    try {
      const server = account.lid === null ? userServer : lidServer;
      recipients = await this.resolve(request.recipients, server);
      const encrypted = await this.prepare(request, account, server, recipients);
      if (typeof encrypted === 'string')
        return { result: 'not_sent', reason: encrypted, connectionLost: false, ...listed(recipients) };
      request.onProgress?.({ done: recipients.length, total: recipients.length });
      return { ...(await this.send(request.messageId, encrypted)), ...listed(recipients) };
    } catch (error) {
      // Up to here nothing has left. Unanswered questions and a lost connection are the network's; the rest is a bug.
      if (!(error instanceof UnansweredError) && !this.parts.ended.aborted && !isConnectionFailure(error)) throw error;
      const reason = error instanceof Error ? error.message : 'the connection was lost';
      const connectionLost = this.parts.ended.aborted || !this.parts.socket.ws.isOpen;
      return { result: 'not_sent', reason, connectionLost, ...listed(recipients) };
    }
  }

  private async resolve(people: readonly PersonAddress[], server: string): Promise<Recipient[]> {
    if (server === userServer) {
      const lids = people.flatMap(({ phoneNumber, lid }) => (phoneNumber === null && lid !== null ? [lid] : []));
      const numbers = await numbersOfLids(this.parts, lids);
      return people.map((person) => withUser(person, person.phoneNumber ?? numbers.get(person.lid ?? '')));
    }
    const numbers = people.flatMap(({ phoneNumber, lid }) =>
      lid === null && phoneNumber !== null ? [phoneNumber] : [],
    );
    const lids = await lidsOfNumbers(this.parts, numbers);
    const pairs = numbers.flatMap((phoneNumber) => {
      const lid = lids.get(phoneNumber);
      return lid === undefined ? [] : [{ phoneNumber, lid }];
    });
    // Before the post leaves: its receipts name LIDs, and must find the people that numbers were given for.
    if (pairs.length > 0) await this.parts.onAddressPairs(pairs);
    return people.map((person) => withUser(person, person.lid ?? lids.get(person.phoneNumber ?? '')));
  }

  /** Encrypts for everybody and sets each recipient's outcome. A string says why nothing can be sent. */
  private async prepare(
    { content, onProgress }: PublishRequest,
    account: AccountIdentity,
    server: typeof lidServer | typeof userServer,
    recipients: Recipient[],
  ): Promise<Encrypted | string> {
    const { socket } = this.parts;
    const ownUser = parseJid(account.lid ?? account.jid)?.user ?? account.phoneNumber;
    const users = [
      ...new Set(recipients.flatMap(({ user }) => (user === undefined || user === ownUser ? [] : [user]))),
    ];
    const devices = await devicesOfUsers(this.parts, [ownUser, ...users], server);
    const ownDevices = (devices.get(ownUser) ?? []).filter((id) => id !== account.deviceId);
    // The phone is always there, also when the server forgets to list it.
    devices.set(ownUser, ownDevices.includes(0) ? ownDevices : [0, ...ownDevices]);
    const jidsOf = (user: string): string[] => (devices.get(user) ?? []).map((id) => deviceJid(user, server, id));

    const jids = [ownUser, ...users].flatMap(jidsOf);
    if (users.length > 0 && jids.length === jidsOf(ownUser).length) {
      for (const one of recipients) if (one.outcome === 'included') one.outcome = 'no_device';
      return 'none of the recipients has a device';
    }
    onProgress?.({ done: 0, total: recipients.length });
    const withoutSession = await ensureSessions(socket, jids, account.jid);
    const encrypted = await this.encrypt(
      statusMessage(content),
      jids.filter((jid) => !withoutSession.has(jid)),
    );

    const reached = new Set(encrypted.participants.map((node) => parseJid(node.attrs['jid'])?.user));
    for (const one of recipients) {
      if (one.user === undefined || one.user === ownUser || reached.has(one.user)) continue;
      one.outcome = jidsOf(one.user).length === 0 ? 'no_device' : 'key_error';
    }
    if (encrypted.participants.length === 0) return 'no device has keys to encrypt for';
    if (users.length > 0 && !users.some((user) => reached.has(user)))
      return 'none of the recipients can be encrypted for';
    if (recipients.length > 0 && users.length === 0 && recipients.every((one) => one.outcome !== 'included')) {
      return 'none of the recipients can be addressed';
    }
    return encrypted;
  }

  /** In one transaction, which is committed before anything leaves: what was sent is never unknown after a crash. */
  private encrypt(message: proto.IMessage, jids: readonly string[]): Promise<Encrypted> {
    const { socket, auth } = this.parts;
    const { signalRepository } = socket;
    const ownJid = auth.creds.me?.id ?? '';
    return socket.authState.keys.transaction(async () => {
      const addresses = jids.map((jid) => signalRepository.jidToSignalProtocolAddress(jid));
      await socket.authState.keys.get('session', addresses);
      const { ciphertext, senderKeyDistributionMessage } = await signalRepository.encryptGroupMessage({
        group: statusBroadcast,
        data: encodeWAMessage(proto.Message.create(message)),
        meId: auth.creds.me?.lid ?? ownJid,
      });
      const keyMessage = proto.Message.create({
        senderKeyDistributionMessage: {
          groupId: statusBroadcast,
          axolotlSenderKeyDistributionMessage: senderKeyDistributionMessage,
        },
      });
      const participants: BinaryNode[] = [];
      for (let from = 0; from < jids.length; from += devicesPerTurn) {
        participants.push(...(await this.encryptFor(jids.slice(from, from + devicesPerTurn), keyMessage)));
        await nextTurn();
      }
      return { ciphertext, participants };
    }, ownJid);
  }

  private async encryptFor(jids: string[], message: proto.IMessage): Promise<BinaryNode[]> {
    try {
      return (await this.parts.socket.createParticipantNodes(jids, message)).nodes;
    } catch (error) {
      // Baileys throws when all of them fail, and leaves out those that do otherwise.
      if (error instanceof Error && error.message === 'All encryptions failed') return [];
      throw error;
    }
  }

  private async send(messageId: string, { ciphertext, participants }: Encrypted): Promise<SendOutcome> {
    const { socket, auth } = this.parts;
    const isNewToSome = participants.some(
      ({ content }) => Array.isArray(content) && content[0]?.attrs['type'] === 'pkmsg',
    );
    const deviceIdentity = isNewToSome ? (auth.creds.account ?? null) : null;
    if (!socket.ws.isOpen) throw new UnansweredError('The connection was lost before the status left.');
    const answer = this.waitForAck(messageId);
    await socket.sendNode(statusStanza({ messageId, ciphertext, participants, deviceIdentity })).catch(() => undefined);
    const ack = await answer;
    if (ack === undefined) return { result: 'unconfirmed', connectionLost: this.parts.ended.aborted };
    const code = ack.attrs['error'];
    return code === undefined ? { result: 'acknowledged', at: this.parts.clock.now() } : { result: 'rejected', code };
  }

  /**
   * The server's ack for this id; undefined when there is none in time or the socket ends. Baileys' own wait takes any
   * stanza with the id for the answer, and a viewer's receipt, which carries the same id, can come first.
   */
  private waitForAck(messageId: string): Promise<BinaryNode | undefined> {
    const { socket, ended, ackTimeoutMs } = this.parts;
    const event = `CB:ack,id:${messageId}`;
    return new Promise((resolve) => {
      const settle = (ack: BinaryNode | undefined): void => {
        clearTimeout(timer);
        socket.ws.off(event, onAck);
        ended.removeEventListener('abort', onEnd);
        resolve(ack);
      };
      const onAck = (ack: BinaryNode): void => {
        if (ack.attrs['class'] === 'message') settle(ack);
      };
      const onEnd = (): void => settle(undefined);
      const timer = setTimeout(onEnd, ackTimeoutMs);
      socket.ws.on(event, onAck);
      if (ended.aborted) onEnd();
      else ended.addEventListener('abort', onEnd);
    });
  }
}

function withUser(person: PersonAddress, user: string | undefined): Recipient {
  return { person, user, outcome: user === undefined ? 'no_lid' : 'included' };
}

function listed(recipients: readonly Recipient[]): Pick<PublishOutcome, 'recipients'> {
  return { recipients: recipients.map(({ person, outcome }) => ({ person, outcome })) };
}

/** A closed socket rejects with a bare close code; Baileys' own errors carry a status code. */
function isConnectionFailure(error: unknown): boolean {
  return typeof error === 'number' || (error instanceof Error && 'output' in error);
}

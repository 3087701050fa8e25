import { type BinaryNode, buildAckStanza, getBinaryNodeChild, type WASocket } from '@whiskeysockets/baileys';
import type { Logger } from '../../lib/logger.js';
import { deviceJid, parseJid, personOfJid, statusBroadcast } from '../wire/addresses.js';
import { lidServer, userServer } from '../jid.js';
import type { Asking } from './chunk-sender.js';
import type { AccountIdentity, RetryRequest } from '../gateway.js';
import type { RetryAnswers } from './retry-answers.js';
import { parseBundles } from '../signal/parse-bundles.js';
import type { PreKeyBundle } from '../signal/session-start.js';
import { replaceListeners } from '../baileys/socket-guards.js';

export interface StatusRetriesParts {
  socket: WASocket;
  account: () => AccountIdentity | undefined;
  /** null for a number without one. Rejects when WhatsApp has to be asked and does not answer. */
  lidOf: (phoneNumber: string) => Promise<string | null>;
  /** Whether this person may have the status; also where such requests are counted. */
  allow: (request: RetryRequest) => Promise<boolean>;
  /** The status that this message is, or takes back; undefined when it is not known any more. */
  statusOf: (messageId: string) => Promise<string | undefined>;
  resend: (
    messageId: string,
    device: Asking,
    bundle: PreKeyBundle | undefined,
    account: AccountIdentity,
  ) => Promise<boolean>;
  /** Whether this is a private message of ours; other messages that are no statuses are left to Baileys. */
  isPrivate: (messageId: string) => Promise<boolean>;
  resendPrivately: StatusRetriesParts['resend'];
  answers: RetryAnswers;
  sessionId: string;
  logger: Logger;
}

/** Requests that wait their turn; a burst beyond it is left to the phones' next attempt. */
const maxWaiting = 1_000;
/** Far above what any client counts to; what is more, or no count at all, is a first request. */
const maxAttempt = 100;

/**
 * Answers devices that could not open a status, or a private message of ours. Baileys never sees their requests: it answers a phone with a copy to
 * nobody, and a linked device with a private message. A request comes from the statuses' address with its device beside
 * it, or, as other receipts do, from the device itself, as for a private message; then the id tells what it is about. Own
 * devices name whom the private message was for as its `recipient`.
 */
export class StatusRetries {
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly parts: StatusRetriesParts) {
    replaceListeners(parts.socket.ws, 'CB:receipt', (original) => (...values) => {
      const [node] = values as [BinaryNode];
      if (node.attrs['type'] !== 'retry' || deviceAskingIn(node) === undefined) return original(node);
      this.queue(node, original);
      return undefined;
    });
  }

  /** Resolves when everything that has arrived is answered. */
  async drain(): Promise<void> {
    await this.tail;
  }

  private queue(node: BinaryNode, pass: (node: BinaryNode) => unknown): void {
    if (this.waiting >= maxWaiting) return;
    this.waiting += 1;
    this.tail = this.tail
      .then(() => this.answer(node, pass))
      .catch((error: unknown) => {
        this.parts.logger.debug({ err: error }, 'a device that could not open a message was not answered');
      })
      .finally(() => (this.waiting -= 1));
  }

  private async answer(node: BinaryNode, pass: (node: BinaryNode) => unknown): Promise<void> {
    const { socket, sessionId, answers, account, statusOf, isPrivate, logger } = this.parts;
    const { id = '', from, recipient } = node.attrs;
    const about = recipient === undefined ? await statusOf(id) : undefined;
    const isLetter = about === undefined && from !== statusBroadcast;
    if (isLetter && !(await isPrivate(id))) {
      await pass(node);
      return;
    }
    const asking = deviceAskingIn(node) ?? '';
    const attempt = attemptIn(node);
    const own = account();
    const jid = own ? await this.inForm(asking, own) : asking;
    const device = { sessionId, messageId: id, jid };
    if (own && (isLetter || about !== undefined) && !answers.areUsedUp(device)) {
      const isAllowed = about === undefined || (await this.isAllowed(id, about, { jid, attempt }, own));
      if (isAllowed) answers.count(device);
      const resend = isLetter ? this.parts.resendPrivately : this.parts.resend;
      const answered = isAllowed && (await resend(id, { jid, attempt }, bundleIn(node, jid), own));
      logger.debug({ messageId: id, attempt, answered }, 'a device could not open a message');
    }
    await socket.sendNode(buildAckStanza(node));
  }

  private async isAllowed(id: string, about: string, { jid, attempt }: Asking, own: AccountIdentity): Promise<boolean> {
    const person = personOfJid(jid);
    if (person === undefined) return false;
    if (person.phoneNumber === own.phoneNumber || (person.lid ?? '') === parseJid(own.lid)?.user) return true;
    return this.parts.allow({ messageId: about, person, attempt, isRevoke: about !== id });
  }

  /** The device as a post names it: also one that asks under its number gets its answer under its LID, if the account has one. */
  private async inForm(jid: string, { lid: ownLid }: AccountIdentity): Promise<string> {
    const device = parseJid(jid);
    if (device === undefined) return jid;
    const { user, server, deviceId } = device;
    const lid = ownLid === null || server !== userServer ? null : await this.parts.lidOf(user);
    return lid === null ? deviceJid(user, server, deviceId) : deviceJid(lid, lidServer, deviceId);
  }
}

/** The device that a request comes from; undefined for what cannot be about a status or a private message. */
function deviceAskingIn({ attrs }: BinaryNode): string | undefined {
  const { from = '', participant } = attrs;
  if (from === statusBroadcast) return participant ?? '';
  return personOfJid(from) === undefined ? undefined : (participant ?? from);
}

function attemptIn(node: BinaryNode): number {
  const count = Number(getBinaryNodeChild(node, 'retry')?.attrs['count']);
  return Number.isInteger(count) && count >= 1 && count <= maxAttempt ? count : 1;
}

/** The keys that a device sends along from its second request on. */
function bundleIn(node: BinaryNode, jid: string): PreKeyBundle | undefined {
  const keys = getBinaryNodeChild(node, 'keys')?.content;
  const registration = getBinaryNodeChild(node, 'registration');
  if (!Array.isArray(keys) || registration === undefined) return undefined;
  const user = { tag: 'user', attrs: { jid }, content: [registration, ...keys] };
  const [answer] = parseBundles({ tag: 'iq', attrs: {}, content: [{ tag: 'list', attrs: {}, content: [user] }] });
  return answer && 'bundle' in answer ? answer.bundle : undefined;
}

import type { Agent } from 'node:https';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';
import { KeyedLock } from '../../lib/running/keyed-lock.js';
import type { Logger } from '../../lib/logger.js';
import { AccountForms } from '../address-book/account-forms.js';
import type { AccountFormsStore } from '../address-book/account-forms-store.js';
import { accountOf } from '../credentials/account-identity.js';
import { parseJid } from '../wire/addresses.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { GatewayListener } from '../gateway.js';
import type { NumberDirectory } from '../address-book/number-directory.js';
import { numbersOfLids } from './recipient-devices.js';
import type { RecipientDevicesStore } from './recipient-devices-store.js';
import type { SentMessagesStore } from './sent-messages-store.js';
import type { DeviceEncryptor } from '../signal/device-encryptor.js';
import { MediaDownloader } from './media-download.js';
import { MediaHosts } from './media-hosts.js';
import { MediaUploader } from './media-upload.js';
import { PrivateMessages } from './private-messages.js';
import type { RetryAnswers } from './retry-answers.js';
import type { StaleLists } from '../address-book/stale-lists.js';
import { StatusKeys } from './status-keys.js';
import { StatusMedia } from './status-media.js';
import { type PublishingPace, StatusPublisher } from './status-publisher.js';
import { StatusRetries } from './status-retries.js';

/** What publishing needs that outlives a connection. */
export interface PublishingParts extends PublishingSettings {
  devices: RecipientDevicesStore;
  sent: SentMessagesStore;
  forms: AccountFormsStore;
  staleLists: StaleLists;
  encryptor: DeviceEncryptor;
  retryAnswers: RetryAnswers;
}

export interface PublishingSettings extends PublishingPace {
  /** Sends the sender key also to devices that have it. */
  resendKeys: boolean;
}

export const defaultPublishing: PublishingSettings = { chunkSize: 300, chunkPauseMs: 500, resendKeys: false };

export interface PublishingOnSocket {
  sessionId: string;
  socket: WASocket;
  auth: AuthState;
  numbers: NumberDirectory;
  ended: AbortSignal;
  ackTimeoutMs: number;
  noticeMs: number;
  /** Replaces the connection by a new one. */
  renew: (reason: string) => void;
  mediaAgent: Agent;
  mediaTimeoutMs: number;
  clock: Clock;
  logger: Logger;
  listener: GatewayListener;
}

/**
 * Everything that is sent on one socket: posts, private messages, answers to devices that could not open one, news of devices; and
 * the files that people sent.
 */
export function startPublishing(
  parts: PublishingParts,
  on: PublishingOnSocket,
): { publisher: StatusPublisher; letters: PrivateMessages; retries: StatusRetries; files: MediaDownloader } {
  const { devices, sent, chunkSize, chunkPauseMs } = parts;
  const { sessionId, socket, auth, numbers, clock, logger, listener } = on;
  const onHosts = { ...on, hosts: new MediaHosts(on), agent: on.mediaAgent, timeoutMs: on.mediaTimeoutMs };
  const media = new StatusMedia(new MediaUploader(onHosts), clock);
  const turns = new KeyedLock();
  const onAddressPairs: GatewayListener['onAddressPairs'] = (pairs) => listener.onAddressPairs(pairs);
  const letters = new PrivateMessages({ ...parts, ...on, media, turns, onAddressPairs });
  const publisher = new StatusPublisher({
    ...parts,
    ...on,
    media,
    turns,
    pace: { chunkSize, chunkPauseMs },
    forms: new AccountForms({ sessionId, store: parts.forms, clock }),
    keys: new StatusKeys({ sessionId, auth, devices, sent, clock }),
    onAddressPairs,
  });
  const retries = new StatusRetries({
    socket,
    sessionId,
    answers: parts.retryAnswers,
    logger,
    account: () => accountOf(auth.creds),
    lidOf: async (phoneNumber) => (await numbers.find([phoneNumber])).get(phoneNumber)?.lid ?? null,
    allow: async (request) => (await listener.onRetry?.(request)) ?? false,
    statusOf: async (messageId) => (await sent.find(sessionId, messageId, clock.now().getTime()))?.about,
    resend: (messageId, device, bundle, account) => publisher.resend(messageId, device, bundle, account),
    resendPrivately: (messageId, device, bundle, account) => letters.resend(messageId, device, bundle, account),
    isPrivate: (messageId) => letters.isKnown(messageId),
  });
  // After a new phone, another device or a reinstalled app, what is known about the person's devices is wrong.
  const outdate = async ({ attrs }: BinaryNode, what: 'devices' | 'keys'): Promise<void> => {
    const named = [attrs['from'], attrs['lid']].flatMap((jid) => parseJid(jid)?.user ?? []);
    if (named.length === 0) return;
    const lids = Object.values(await auth.keys.get('lid-mapping', named));
    const numbers = (await numbersOfLids(auth, named)).values();
    await devices.outdate(sessionId, [...named, ...lids, ...numbers], what);
  };
  for (const [type, what] of [
    ['devices', 'devices'],
    ['encrypt', 'keys'],
  ] as const) {
    socket.ws.on(`CB:notification,type:${type}`, (node: BinaryNode) => {
      outdate(node, what).catch((error: unknown) => {
        logger.warn({ err: error }, 'news of somebody’s devices was not recorded');
      });
    });
  }
  return { publisher, letters, retries, files: new MediaDownloader(onHosts) };
}

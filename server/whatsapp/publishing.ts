import type { Agent } from 'node:https';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { accountOf } from './account-identity.js';
import { parseJid } from './addresses.js';
import type { AuthState } from './auth-state.js';
import type { GatewayListener } from './gateway.js';
import type { RecipientDevicesStore } from './recipient-devices-store.js';
import type { SentMessagesStore } from './sent-messages-store.js';
import type { DeviceEncryptor } from './signal/device-encryptor.js';
import { MediaUploader } from './media-upload.js';
import type { RetryAnswers } from './retry-answers.js';
import { StatusKeys } from './status-keys.js';
import { StatusMedia } from './status-media.js';
import { type PublishingPace, StatusPublisher } from './status-publisher.js';
import { StatusRetries } from './status-retries.js';

/** What publishing needs that outlives a connection. */
export interface PublishingParts extends PublishingSettings {
  devices: RecipientDevicesStore;
  sent: SentMessagesStore;
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
  ended: AbortSignal;
  ackTimeoutMs: number;
  /** Replaces the connection by a new one. */
  renew: (reason: string) => void;
  mediaAgent: Agent;
  uploadTimeoutMs: number;
  clock: Clock;
  logger: Logger;
  listener: GatewayListener;
}

/** Everything about posting on one socket: the publisher, answers to devices that could not open a post, news of devices. */
export function startPublishing(
  parts: PublishingParts,
  on: PublishingOnSocket,
): { publisher: StatusPublisher; retries: StatusRetries } {
  const { devices, sent, chunkSize, chunkPauseMs } = parts;
  const { sessionId, socket, auth, clock, logger, listener } = on;
  const publisher = new StatusPublisher({
    ...parts,
    ...on,
    pace: { chunkSize, chunkPauseMs },
    keys: new StatusKeys({ sessionId, auth, devices, sent, clock }),
    media: new StatusMedia(new MediaUploader({ ...on, agent: on.mediaAgent, timeoutMs: on.uploadTimeoutMs }), clock),
    onAddressPairs: (pairs) => listener.onAddressPairs(pairs),
  });
  const retries = new StatusRetries({
    socket,
    sessionId,
    answers: parts.retryAnswers,
    logger,
    account: () => accountOf(auth.creds),
    allow: async (request) => (await listener.onRetry?.(request)) ?? false,
    statusOf: async (messageId) => (await sent.find(sessionId, messageId, clock.now().getTime()))?.about,
    resend: (messageId, jid, bundle, account) => publisher.resend(messageId, jid, bundle, account),
  });
  // After a new phone, another device or a reinstalled app, what is known about the person's devices is wrong.
  for (const type of ['devices', 'encrypt']) {
    socket.ws.on(`CB:notification,type:${type}`, (node: BinaryNode) => {
      const users = [node.attrs['from'], node.attrs['lid']].flatMap((jid) => parseJid(jid)?.user ?? []);
      devices.forget(sessionId, users).catch((error: unknown) => {
        logger.warn({ err: error }, 'news of somebody’s devices was not recorded');
      });
    });
  }
  return { publisher, retries };
}

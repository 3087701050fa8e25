import type { Agent } from 'node:https';
import { makeWASocket, type WASocket } from '@whiskeysockets/baileys';
import type { Logger } from '../../lib/logger.js';
import { AddressBook } from '../address-book/address-book.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { ConnectionParts } from './connection-parts.js';
import { DeviceCache } from '../publishing/device-cache.js';
import type { OpenRequest } from '../gateway.js';
import { type Incoming, startIncoming } from './incoming.js';
import { NumberDirectory } from '../address-book/number-directory.js';
import { stayUnavailable } from './own-presence.js';
import { startPublishing } from '../publishing/publishing.js';
import { quietLogger } from '../baileys/quiet-logger.js';
import { readerOf, ReadsInTurns } from '../baileys/reads-in-turns.js';
import { withSharedAsyncContext } from '../baileys/shared-async-context.js';
import { socketConfig } from './socket-config.js';
import type { SocketHealth } from './socket-health.js';
import type { MediaDownloader } from '../publishing/media-download.js';
import type { PrivateMessages } from '../publishing/private-messages.js';
import type { StatusPublisher } from '../publishing/status-publisher.js';
import type { StatusRetries } from '../publishing/status-retries.js';
import type { WebVersion } from './web-version-store.js';

/** A socket and everything of ours that works on it. */
export interface Wire {
  socket: WASocket;
  version: WebVersion;
  auth: AuthState;
  devices: DeviceCache;
  incoming: Incoming;
  publisher: StatusPublisher;
  letters: PrivateMessages;
  retries: StatusRetries;
  files: MediaDownloader;
  numbers: NumberDirectory;
  addressBook: AddressBook;
}

export interface WireNeeds {
  parts: ConnectionParts;
  request: OpenRequest;
  auth: AuthState;
  version: WebVersion;
  mediaAgent: Agent;
  vitals: SocketHealth;
  /** Aborted when the socket is at its end. */
  ended: AbortSignal;
  /** Replaces the connection by a new one. */
  renew: (reason: string) => void;
  logger: Logger;
}

/** Makes the socket, which begins to connect, and what listens to it before anything can arrive. */
export function startWire(needs: WireNeeds): Wire {
  const { parts, auth, version, mediaAgent, vitals, logger } = needs;
  const { sessionId, listener } = needs.request;
  const { clock, timeouts } = parts;
  const devices = new DeviceCache();
  const library = quietLogger(logger, () => vitals.onDecryptFailure());
  const configuration = socketConfig({
    url: parts.url,
    version,
    auth,
    devices,
    mediaAgent,
    queryTimeoutMs: timeouts.queryMs,
    logger: library,
  });
  const socket = withSharedAsyncContext(() => makeWASocket(configuration));
  const reads = new ReadsInTurns(readerOf(socket));
  stayUnavailable({ socket, creds: auth.creds, logger });
  const numbers = new NumberDirectory({ socket, auth });
  const { publisher, letters, retries, files } = startPublishing(parts.publishing, {
    sessionId,
    socket,
    auth,
    numbers,
    mediaAgent,
    clock,
    logger,
    listener,
    ended: needs.ended,
    renew: needs.renew,
    ackTimeoutMs: timeouts.ackMs,
    noticeMs: timeouts.noticeMs,
    mediaTimeoutMs: timeouts.mediaMs,
  });
  const incoming = startIncoming({
    socket,
    auth,
    listener,
    vitals,
    reads,
    clock,
    library,
    logger,
    ended: needs.ended,
    offlineEndMs: timeouts.offlineEndMs,
  });
  const addressBook = new AddressBook({
    socket,
    auth,
    numbers,
    mediaAgent,
    listener,
    logger,
    ended: needs.ended,
  });
  return { socket, version, auth, devices, incoming, publisher, letters, retries, files, numbers, addressBook };
}

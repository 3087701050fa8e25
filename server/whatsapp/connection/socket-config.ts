import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { Browsers, type UserFacingSocketConfig } from '@whiskeysockets/baileys';
import type { AuthState } from '../credentials/auth-state.js';
import type { DeviceCache } from '../publishing/device-cache.js';
import type { LibraryLogger } from '../baileys/quiet-logger.js';
import type { WebVersion } from './web-version-store.js';

/** Uploads and downloads of media; `mediaCa` is a PEM certificate authority trusted besides the usual ones. */
export function createMediaAgent(mediaCa: string | null): Agent {
  return new Agent({ keepAlive: true, ...(mediaCa === null ? {} : { ca: [...rootCertificates, mediaCa] }) });
}

/** What differs from connection to connection. */
export interface SocketParts {
  url: string;
  version: WebVersion;
  auth: AuthState;
  devices: DeviceCache;
  mediaAgent: Agent;
  /** How long one question to WhatsApp may stay unanswered. */
  queryTimeoutMs: number;
  logger: LibraryLogger;
}

/**
 * The settings of one Baileys socket. No value may be `undefined`: Baileys lets it win over its default.
 */
export function socketConfig(parts: SocketParts): UserFacingSocketConfig {
  const { url, version, auth, devices, mediaAgent, queryTimeoutMs, logger } = parts;
  return {
    // Named, so that Baileys fetches nothing to find it out.
    version,
    // WhatsApp refuses to link devices whose browser and system it does not know.
    browser: Browsers.ubuntu('Chrome'),
    waWebSocketUrl: url,
    auth: { creds: auth.creds, keys: auth.keys },
    logger,
    fetchAgent: mediaAgent,
    userDevicesCache: devices,
    defaultQueryTimeoutMs: queryTimeoutMs,
    // A deadline of Baileys' costs each stanza that leaves two stack traces and a timer. Writing ends with the socket at the
    // latest, and a socket that never says a word is given up by the connection itself.
    connectTimeoutMs: 0,
    // Full history is gigabytes nobody reads here; the ordinary history stays on, because LID mappings come with it.
    syncFullHistory: false,
    // An account shown as online gets no notifications on its phone.
    markOnlineOnConnect: false,
    // Baileys answers a device that could not read a status with a copy to nobody, or as a private chat message.
    getMessage: () => Promise.resolve(undefined),
    transactionOpts: { maxCommitRetries: 3, delayBetweenTriesMs: 200 },
  };
}

import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';
import type { SignalKeyCache } from '../credentials/auth-state.js';
import type { AuthStore } from '../credentials/auth-store.js';
import type { GatewayConnection } from '../gateway.js';
import type { PublishingParts } from '../publishing/publishing.js';
import type { StuckLimits } from './socket-health.js';
import type { WebVersions } from './web-versions.js';

/** What a connection is made of. */
export interface ConnectionParts {
  url: string;
  mediaCa: string | null;
  authStore: AuthStore;
  keyCache: SignalKeyCache;
  publishing: PublishingParts;
  clock: Clock;
  logger: Logger;
  timeouts: ConnectionTimeouts;
  stuckLimits: StuckLimits;
  versions: WebVersions;
  /** Sees every stanza that arrives, before anything is done with it. */
  watch?: ((stanza: BinaryNode) => void) | undefined;
  /** Called once, when nothing of the connection is left. */
  onGone: (connection: GatewayConnection) => void;
}

/** The waits that Baileys has no end for, or too late a one. */
export interface ConnectionTimeouts {
  /** From the start to WhatsApp's first word (a login or an offer to link). */
  firstWordMs: number;
  /** From the login to a usable connection. */
  openMs: number;
  /** For the socket to close after it was told to. */
  closeMs: number;
  /** For WhatsApp to confirm that the device is unlinked. */
  logoutMs: number;
  /** For the answer to any one question. */
  queryMs: number;
  /** For the server's answer to a post. */
  ackMs: number;
  /** What a post waits for is said after this time. */
  noticeMs: number;
  /** For one media host to take or give a file, besides the time that its size needs. */
  mediaMs: number;
  /** For the next of what waited while the account was offline, or for the word that there is no more. */
  offlineEndMs: number;
  /** How often it is looked whether an open socket still works. */
  checkMs: number;
}

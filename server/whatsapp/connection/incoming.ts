import { type BinaryNode, buildAckStanza, type WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';
import { parseJid } from '../wire/addresses.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { GatewayListener, ReplyNews, StatusReceipt } from '../gateway.js';
import { OfflineEnd } from './offline-end.js';
import type { LibraryLogger } from '../baileys/quiet-logger.js';
import type { ReadsInTurns } from '../baileys/reads-in-turns.js';
import { acknowledgeReceipt } from '../receipts/receipt-ack.js';
import { ReceiptIntake } from '../receipts/receipt-intake.js';
import { type OwnAddress, readStatusReceipts } from '../receipts/receipts.js';
import type { SocketHealth } from './socket-health.js';
import { StatusIntake } from '../receipts/status-intake.js';

export interface IncomingParts {
  socket: WASocket;
  auth: AuthState;
  ended: AbortSignal;
  listener: Pick<GatewayListener, 'onReceipts' | 'onReplies'>;
  vitals: Pick<SocketHealth, 'onReceiptsNotRecorded'>;
  reads: Pick<ReadsInTurns, 'hold'>;
  /** How long the offline queue may stand still before it counts as delivered. */
  offlineEndMs: number;
  clock: Clock;
  library: LibraryLogger;
  logger: Logger;
}

/** What arrives about statuses on one socket: receipts, likes and replies for ours, and those of others. */
export interface Incoming {
  /** Resolves when everything that has arrived is recorded and answered, or has failed. */
  drain(): Promise<void>;
}

/** Listens from here on, in front of Baileys; nothing of what the socket brings is missed when this comes right after it. */
export function startIncoming(parts: IncomingParts): Incoming {
  const { socket, auth, ended, listener, vitals, clock, logger } = parts;
  const { ws } = socket;
  const own = (): OwnAddress => {
    const { me } = auth.creds;
    return { phoneNumber: parseJid(me?.id)?.user ?? null, lid: parseJid(me?.lid)?.user ?? null };
  };
  const record = (found: StatusReceipt[]): Promise<void> => listener.onReceipts(found);
  const onNotRecorded = (): void => vitals.onReceiptsNotRecorded();
  const receipts = new ReceiptIntake(ws, {
    read: (node) => readStatusReceipts(node, own(), clock.now()),
    record,
    acknowledge: (node) => acknowledgeReceipt(socket, node),
    onNotRecorded,
    holdReads: () => parts.reads.hold(),
    logger,
  });
  const statuses = new StatusIntake({
    ...parts,
    own,
    record,
    recordReplies: (news: ReplyNews[]) => listener.onReplies(news),
    onNotRecorded,
    now: () => clock.now().getTime(),
  });
  // Baileys never acknowledges these; WhatsApp then delivers them again and again, and recycles the connection.
  ws.on('CB:status', (node: BinaryNode) => {
    socket.sendNode(buildAckStanza(node)).catch((error: unknown) => {
      logger.debug({ err: error }, 'a <status> could not be acknowledged');
    });
  });
  const offlineEnd = new OfflineEnd(ws, parts.offlineEndMs);
  ended.addEventListener('abort', () => offlineEnd.stop());
  return {
    drain: async () => {
      await Promise.all([receipts.drain(), statuses.drain()]);
    },
  };
}

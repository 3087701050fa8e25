import { deflateSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { encryptFor } from '../contact/sending.js';
import { pnJid } from '../wire/jid.js';
import { incomingMessage } from '../wire/message-stanza.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { Companion } from '../state/account.js';

export type HistoryContext = Pick<ServerContext, 'log' | 'now' | 'world'>;

const { HistorySyncType } = proto.HistorySync;
const { Type } = proto.Message.ProtocolMessage;

/**
 * What the phone sends to a device that it has just linked: the key of the synchronised state, then its history. Until
 * some history arrives a client keeps its events to itself, for 20 s in Baileys' case.
 */
export function sendInitialHistory(context: HistoryContext, companion: Companion): void {
  const { account } = companion;
  const { keyId, keyData } = account.appStateKey;
  sendPeerMessage(context, companion, {
    type: Type.APP_STATE_SYNC_KEY_SHARE,
    appStateSyncKeyShare: {
      keys: [
        {
          keyId: { keyId },
          keyData: {
            keyData,
            fingerprint: {
              rawId: account.rawId,
              currentIndex: companion.keyIndex,
              deviceIndexes: [0, companion.keyIndex],
            },
            timestamp: Math.floor(context.now() / 1000),
          },
        },
      ],
    },
  });
  sendHistory(context, companion, { syncType: HistorySyncType.INITIAL_BOOTSTRAP, chunkOrder: 1, progress: 100 });
}

/** One chunk of history, inline: external blobs would be fetched from WhatsApp's own media host. */
export function sendHistory(context: HistoryContext, companion: Companion, history: proto.IHistorySync): void {
  const syncType = history.syncType ?? HistorySyncType.RECENT;
  const { chunkOrder, progress } = history;
  sendPeerMessage(context, companion, {
    type: Type.HISTORY_SYNC_NOTIFICATION,
    historySyncNotification: {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-conversion -- two enumerations that share their numbers
      syncType: Number(syncType),
      chunkOrder: chunkOrder ?? 1,
      progress: progress ?? 100,
      initialHistBootstrapInlinePayload: deflateSync(proto.HistorySync.encode({ ...history, syncType }).finish()),
    },
  });
}

/** A protocol message from the account's own phone, which clients accept from nobody else. */
export function sendPeerMessage(
  context: HistoryContext,
  companion: Companion,
  protocolMessage: proto.Message.IProtocolMessage,
): void {
  const { account, deviceId } = companion;
  const { phoneNumber, name } = account.person;
  const phone = account.person.contact.findDevice(0);
  if (!phone) return;
  const to = {
    phoneNumber,
    deviceId,
    takeBundle: () => context.world.takeBundle({ form: 'pn', user: phoneNumber, device: deviceId }),
  };
  const encrypted = encryptFor(phone, to, proto.Message.encode({ protocolMessage }).finish());
  if (!encrypted.ok) {
    context.log('error', 'the phone cannot write to its linked device', { reason: encrypted.reason });
    return;
  }
  companion.deliver(
    incomingMessage({
      id: `3EB0${randomBytes(9).toString('hex').toUpperCase()}`,
      from: pnJid(phoneNumber),
      type: 'text',
      notify: name,
      category: 'peer',
      parts: [{ type: encrypted.type, bytes: encrypted.bytes, attrs: { v: '2', type: encrypted.type } }],
    }),
  );
}

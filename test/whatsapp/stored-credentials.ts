import { randomBytes } from 'node:crypto';
import { type AuthenticationCreds, initAuthCreds, proto } from '@whiskeysockets/baileys';
import type { StoredSessionRecord } from '../../server/whatsapp/signal/stored-session.js';

/** Linked as far as the store can tell: the phone has signed. */
export function linkedCreds(): AuthenticationCreds {
  return {
    ...initAuthCreds(),
    me: { id: '4915112345678:3@s.whatsapp.net', lid: '900:3@lid' },
    account: proto.ADVSignedDeviceIdentity.fromObject({ details: randomBytes(10) }),
  };
}

/** A session that has sent `counter` messages. */
export function recordAt(counter: number): StoredSessionRecord {
  return {
    version: 'v1',
    _sessions: {
      base: {
        registrationId: 1,
        currentRatchet: {
          ephemeralKeyPair: { pubKey: 'sending', privKey: 'x' },
          lastRemoteEphemeralKey: 'theirs',
          previousCounter: 0,
          rootKey: 'r',
        },
        indexInfo: { baseKey: 'base', baseKeyType: 1, closed: -1, used: 1, created: 1, remoteIdentityKey: 'i' },
        _chains: {
          sending: { chainKey: { counter, key: `key ${String(counter)}` }, chainType: 1, messageKeys: {} },
        },
      },
    },
  };
}

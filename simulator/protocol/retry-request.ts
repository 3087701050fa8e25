import type { PreKeyBundle } from '../contact/signal-device.js';
import type { Companion } from '../state/account.js';
import { bytesOf, childOf, type BinaryNode } from '../wire/node.js';
import { readPreKey, readRegistrationId, readSignedPreKey } from './prekey-node.js';

/** A client asks a sender for a message that it could not read. */
export interface RetryRequest {
  id: string;
  /** How often it has asked, from 1. */
  count: number;
  /** Keys for a conversation from scratch, which clients send from their second request on. */
  bundle: PreKeyBundle | null;
}

/** Reads `<receipt type="retry">` of a linked device. Words when it is malformed or shows keys of somebody else. */
export function readRetryRequest(companion: Companion, node: BinaryNode): RetryRequest | string {
  const retry = childOf(node, 'retry');
  const count = Number(retry?.attrs['count']);
  const id = node.attrs['id'];
  if (!id || !Number.isInteger(count) || count < 1) return 'a retry receipt needs a count from 1';
  const { registrationId, identityKey } = companion.registration;
  if (readRegistrationId(childOf(node, 'registration')) !== registrationId) {
    return 'the registration id of a retry receipt is not the one of the device';
  }
  const keys = childOf(node, 'keys');
  if (!keys) return { id, count, bundle: null };
  if (!bytesOf(childOf(keys, 'identity'))?.equals(identityKey)) {
    return 'the identity in a retry receipt is not the one of the device';
  }
  const signedPreKey = readSignedPreKey(identityKey, childOf(keys, 'skey'));
  if (typeof signedPreKey === 'string') return signedPreKey;
  const preKey = readPreKey(childOf(keys, 'key')) ?? null;
  return { id, count, bundle: { registrationId, identity: identityKey, signedPreKey, preKey } };
}

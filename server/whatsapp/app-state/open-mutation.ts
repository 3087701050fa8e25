import { createDecipheriv, hkdfSync } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import sodium from 'sodium-native';

/** One change of the synchronised state, opened: what it is about, and its value as of then. */
export interface StateChange {
  isRemoval: boolean;
  index: string[];
  value: proto.ISyncActionValue;
}

/** What the phone's key of the synchronised state gives for single entries. */
export interface EntryKeys {
  cipherKey: Buffer;
  macKey: Buffer;
}

const macBytes = 32;
const ivBytes = 16;

/** Source: `expandAppStateKeys`, whatsmeow `expandAppStateKeys`: index, value cipher, value MAC, snapshot MAC, patch MAC. */
export function entryKeysOf(keyData: Uint8Array): EntryKeys {
  const keys = Buffer.from(hkdfSync('sha256', keyData, Buffer.alloc(0), 'WhatsApp Mutation Keys', 160));
  return { cipherKey: keys.subarray(32, 64), macKey: keys.subarray(64, 96) };
}

/**
 * Opens one entry, in about 20 µs. Undefined when its MAC is wrong or it is none of ours to understand: one bad entry must
 * not cost the others. A removal carries the last value, under a MAC of its own.
 */
export function openMutation(
  record: proto.ISyncdRecord,
  keys: EntryKeys,
  operation: proto.SyncdMutation.SyncdOperation,
): StateChange | undefined {
  const blob = record.value?.blob;
  const keyId = record.keyId?.id;
  if (!blob || !keyId || blob.length < macBytes + 2 * ivBytes) return undefined;
  const sealed = blob.subarray(0, -macBytes);
  const isRemoval = operation === proto.SyncdMutation.SyncdOperation.REMOVE;
  const associatedBytes = 1 + keyId.length;
  const signed = Buffer.concat([
    Buffer.of(isRemoval ? 2 : 1),
    keyId,
    sealed,
    Buffer.alloc(7),
    Buffer.of(associatedBytes),
  ]);
  // Not Node's own HMAC: its objects, tens of thousands of them, hold the event loop when they are collected.
  if (!sodium.crypto_auth_verify(blob.subarray(-macBytes), signed, keys.macKey)) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-cbc', keys.cipherKey, sealed.subarray(0, ivBytes));
    const plain = Buffer.concat([decipher.update(sealed.subarray(ivBytes)), decipher.final()]);
    const { index, value } = proto.SyncActionData.decode(plain);
    const names: unknown = JSON.parse(Buffer.from(index ?? []).toString());
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return undefined;
    return { isRemoval, index: names, value: value ?? {} };
  } catch {
    return undefined;
  }
}

import { createHmac, randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { encryptCbc } from '../crypto/aead.js';
import { hkdf, hmacSha256 } from '../crypto/hkdf.js';
import type { Account } from '../state/account.js';

const { SET, REMOVE } = proto.SyncdMutation.SyncdOperation;
const macBytes = 32;

/** One entry of the synchronised state: what it is about, its value, and the version of its schema. */
export interface StateEntry {
  index: readonly string[];
  value: proto.ISyncActionValue;
  version: number;
  /** Takes the entry out; the value is the last one. */
  isRemoval?: boolean;
}

/** The phone writes entries into a collection as one patch, encrypted and signed for its linked devices. */
export function writePatch(account: Account, collection: string, entries: readonly StateEntry[]): void {
  const { keyId, keyData } = account.appStateKey;
  const keys = hkdf(keyData, 5 * macBytes, { info: 'WhatsApp Mutation Keys' });
  const [indexKey, valueKey, valueMacKey, snapshotMacKey, patchMacKey] = [0, 1, 2, 3, 4].map((nth) =>
    keys.subarray(nth * macBytes, (nth + 1) * macBytes),
  ) as [Buffer, Buffer, Buffer, Buffer, Buffer];
  const valueMacs: Buffer[] = [];
  const mutations = entries.map(({ index, value, version, isRemoval = false }) => {
    const operation = isRemoval ? REMOVE : SET;
    const indexBytes = Buffer.from(JSON.stringify(index));
    const plaintext = proto.SyncActionData.encode({
      index: indexBytes,
      value,
      padding: new Uint8Array(),
      version,
    }).finish();
    const iv = randomBytes(16);
    const encrypted = Buffer.concat([iv, encryptCbc(valueKey, iv, plaintext)]);
    const valueMac = macOf({ key: valueMacKey, keyId, operation }, encrypted);
    valueMacs.push(valueMac);
    return {
      operation,
      record: {
        index: { blob: hmacSha256(indexKey, indexBytes) },
        value: { blob: Buffer.concat([encrypted, valueMac]) },
        keyId: { id: keyId },
      },
    };
  });
  const version = account.appState.version(collection) + 1;
  const hash = account.appState.mix(collection, mutations);
  const place = Buffer.concat([be8(version), Buffer.from(collection)]);
  const snapshotMac = hmacSha256(snapshotMacKey, hash, place);
  const patchMac = hmacSha256(patchMacKey, snapshotMac, ...valueMacs, place);
  const patch = { version: { version }, mutations, snapshotMac, patchMac, keyId: { id: keyId } };
  account.appState.append(collection, Buffer.from(proto.SyncdPatch.encode(patch).finish()));
}

function macOf(
  { key, keyId, operation }: { key: Buffer; keyId: Buffer; operation: proto.SyncdMutation.SyncdOperation },
  encrypted: Buffer,
): Buffer {
  const associated = Buffer.concat([Uint8Array.of(operation + 1), keyId]);
  const hmac = createHmac('sha512', key).update(associated).update(encrypted).update(be8(associated.length));
  return hmac.digest().subarray(0, macBytes);
}

function be8(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

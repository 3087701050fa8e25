import { withTypeByte } from '../crypto/x25519.js';
import { verify } from '../crypto/xeddsa.js';
import type { PublicPreKey, SignedPublicPreKey } from '../state/companion.js';
import { bytesOf, childOf, type BinaryNode } from '../wire/node.js';

/** A one-time prekey as clients write it; undefined when its id or key has a wrong length. */
export function readPreKey(node: BinaryNode | undefined): PublicPreKey | undefined {
  const id = bytesOf(childOf(node, 'id'));
  const publicKey = bytesOf(childOf(node, 'value'));
  return id?.length === 3 && publicKey?.length === 32 ? { id: id.readUIntBE(0, 3), publicKey } : undefined;
}

/** A signed prekey, its signature checked against the identity; words when it is no good. */
export function readSignedPreKey(identityKey: Buffer, node: BinaryNode | undefined): SignedPublicPreKey | string {
  const key = readPreKey(node);
  const signature = bytesOf(childOf(node, 'signature'));
  if (!key || signature?.length !== 64) return 'the signed prekey needs an id, a key of 32 bytes and a signature of 64';
  if (!verify(identityKey, withTypeByte(key.publicKey), signature)) {
    return 'the signature of the signed prekey does not fit the identity key';
  }
  return { ...key, signature };
}

/** The four bytes that name an installation; undefined when there are not four. */
export function readRegistrationId(node: BinaryNode | undefined): number | undefined {
  const bytes = bytesOf(node);
  return bytes?.length === 4 ? bytes.readUInt32BE(0) : undefined;
}

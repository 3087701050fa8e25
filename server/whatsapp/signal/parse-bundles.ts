import type { BinaryNode } from '@whiskeysockets/baileys';
import type { PreKeyBundle } from './session-start.js';

/** What the server said about one device: its bundle, or why there is none (`code` 0 where the answer made no sense). */
export type BundleAnswer =
  | { readonly jid: string; readonly bundle: PreKeyBundle }
  | { readonly jid: string; readonly refusal: { readonly code: number; readonly text: string } };

function childOf(node: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return Array.isArray(node?.content) ? node.content.find((child) => child.tag === tag) : undefined;
}

function bytesOf(node: BinaryNode | undefined, tag: string, size: number): Uint8Array | undefined {
  const content = childOf(node, tag)?.content;
  return content instanceof Uint8Array && content.length === size ? content : undefined;
}

function numberOf(node: BinaryNode | undefined, tag: string, size: 3 | 4): number | undefined {
  const bytes = bytesOf(node, tag, size);
  return bytes && Buffer.from(bytes).readUIntBE(0, size);
}

function bundleOf(user: BinaryNode): PreKeyBundle | undefined {
  const registrationId = numberOf(user, 'registration', 4);
  const identityKey = bytesOf(user, 'identity', 32);
  const signed = childOf(user, 'skey');
  const keyId = numberOf(signed, 'id', 3);
  const publicKey = bytesOf(signed, 'value', 32);
  const signature = bytesOf(signed, 'signature', 64);
  if (registrationId === undefined || keyId === undefined || !identityKey || !publicKey || !signature) return undefined;
  const signedPreKey = { keyId, publicKey, signature };
  const oneTime = childOf(user, 'key');
  if (oneTime === undefined) return { registrationId, identityKey, signedPreKey };
  const preKeyId = numberOf(oneTime, 'id', 3);
  const preKey = bytesOf(oneTime, 'value', 32);
  if (preKeyId === undefined || !preKey) return undefined;
  return { registrationId, identityKey, signedPreKey, preKey: { keyId: preKeyId, publicKey: preKey } };
}

function answerOf(user: BinaryNode): BundleAnswer[] {
  const { jid } = user.attrs;
  if (user.tag !== 'user' || jid === undefined) return [];
  const error = childOf(user, 'error');
  if (error !== undefined) {
    return [{ jid, refusal: { code: Number(error.attrs.code) || 0, text: error.attrs.text ?? '' } }];
  }
  const bundle = bundleOf(user);
  return [bundle === undefined ? { jid, refusal: { code: 0, text: 'malformed bundle' } } : { jid, bundle }];
}

/**
 * The answer to an `encrypt` query (`<iq type="result"><list><user jid>…`), device by device. A device that the server
 * refuses, or describes wrongly, stands for itself: rc14's own parser throws for all of them.
 */
export function parseBundles(answer: BinaryNode): BundleAnswer[] {
  const list = childOf(answer, 'list');
  return Array.isArray(list?.content) ? list.content.flatMap(answerOf) : [];
}

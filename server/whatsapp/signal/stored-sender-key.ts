import { z } from 'zod';
import type { SenderKey } from './sender-key.js';

/** Baileys writes numbers here and reads base64 just as well. */
const bytes = z
  .object({ type: z.literal('Buffer'), data: z.union([z.base64(), z.array(z.number())]) })
  .transform(({ data }) => (typeof data === 'string' ? Buffer.from(data, 'base64') : Buffer.from(data)));

function asJson(value: Buffer): { type: 'Buffer'; data: string } {
  return { type: 'Buffer', data: value.toString('base64') };
}

/** `SenderKeyState.getStructure()` of Baileys 7.0.0-rc14, as far as sending needs it. */
const states = z.array(
  z.object({
    senderKeyId: z.number().int(),
    senderChainKey: z.object({ iteration: z.number().int(), seed: bytes }),
    senderSigningKey: z.object({ public: bytes, private: bytes }),
  }),
);

/**
 * The account's own sender key, out of what Baileys' key store holds under the kind `sender-key` (JSON text as bytes).
 * Undefined when there is none or it cannot be read: then a new one is made and handed out.
 */
export function readSenderKey(stored: Uint8Array): SenderKey | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(stored).toString());
  } catch {
    return undefined;
  }
  const state = states.safeParse(value).data?.at(-1);
  if (state === undefined || state.senderSigningKey.private.length !== 32) return undefined;
  return {
    keyId: state.senderKeyId,
    iteration: state.senderChainKey.iteration,
    chainKey: state.senderChainKey.seed,
    signingKey: state.senderSigningKey,
  };
}

/** The form in which Baileys' `GroupCipher` finds the key again. */
export function writeSenderKey(key: SenderKey): Buffer {
  const state = {
    senderKeyId: key.keyId,
    senderChainKey: { iteration: key.iteration, seed: asJson(key.chainKey) },
    senderSigningKey: { public: asJson(key.signingKey.public), private: asJson(key.signingKey.private) },
    senderMessageKeys: [],
  };
  return Buffer.from(JSON.stringify([state]));
}

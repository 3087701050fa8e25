import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const version = 1;
const nonceBytes = 12;
const noncesAtATime = 512;
const tagBytes = 16;

/** Seals credentials before they reach the database. `context` binds a value to its row: moved elsewhere it does not open. */
export interface AuthCipher {
  seal(plain: Buffer, context: string): Buffer;
  /** Throws when the value was changed, belongs to another row or was sealed with another key. */
  open(sealed: Buffer, context: string): Buffer;
}

/** AES-256-GCM; the sealed form is a version byte, a 12-byte nonce, the 16-byte tag and the ciphertext. `key` is 32 bytes. */
export function createAuthCipher(key: Buffer): AuthCipher {
  if (key.length !== 32) throw new Error('The key for stored credentials must be 32 bytes.');
  let nonces = Buffer.alloc(0);
  const nextNonce = (): Buffer => {
    // Asking the system for 12 bytes costs as much as sealing a session with them.
    if (nonces.length === 0) nonces = randomBytes(nonceBytes * noncesAtATime);
    const nonce = nonces.subarray(0, nonceBytes);
    nonces = nonces.subarray(nonceBytes);
    return nonce;
  };
  return {
    seal(plain, context) {
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, context) {
      const bodyStart = 1 + nonceBytes + tagBytes;
      if (sealed.length < bodyStart || sealed[0] !== version) throw new Error('Not a sealed credential.');
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + nonceBytes));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(1 + nonceBytes, bodyStart));
      return Buffer.concat([decipher.update(sealed.subarray(bodyStart)), decipher.final()]);
    },
  };
}

function readKey(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'hex');
  if (key.length !== 32) throw new Error(`${where} must hold 64 hexadecimal digits (32 bytes).`);
  return key;
}

/**
 * The key in `file`, made at the first start with rights for the owner only. Losing the file means linking every account
 * again; the server never replaces one that it cannot read.
 */
export async function loadAuthKey(file: string): Promise<Buffer> {
  const fresh = randomBytes(32);
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, `${fresh.toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readKey(await readFile(file, 'utf8'), file);
}

/** Where the key that seals credentials is, unless a setting has it. */
export function authKeyFile(dataDir: string): string {
  return join(dataDir, 'auth.key');
}

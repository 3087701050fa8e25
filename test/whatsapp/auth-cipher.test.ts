import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createAuthCipher, loadAuthKey } from '../../server/whatsapp/credentials/auth-cipher.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('the seal on stored credentials', () => {
  it('opens what it sealed, only in its place and only with its key', () => {
    const cipher = createAuthCipher(randomBytes(32));
    const sealed = cipher.seal(Buffer.from('secret'), 'a/credentials');
    assert.equal(cipher.open(sealed, 'a/credentials').toString(), 'secret');
    assert.throws(() => cipher.open(sealed, 'b/credentials'));
    assert.throws(() => createAuthCipher(randomBytes(32)).open(sealed, 'a/credentials'));
    assert.throws(() => cipher.open(sealed.subarray(0, 28), 'a/credentials'));
    for (const place of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[place] = (sealed[place] ?? 0) ^ 1;
      assert.throws(() => cipher.open(changed, 'a/credentials'), `byte ${String(place)}`);
    }
  });

  it('never looks the same twice', () => {
    const cipher = createAuthCipher(randomBytes(32));
    assert.notDeepEqual(cipher.seal(Buffer.from('x'), 'a'), cipher.seal(Buffer.from('x'), 'a'));
  });

  it('takes no key that is too short or too long', () => {
    for (const length of [0, 31, 33]) assert.throws(() => createAuthCipher(randomBytes(length)), /must be 32 bytes/);
  });

  it('has a key that is made once, for the owner only, and is never replaced', async () => {
    const { dir, remove } = await makeTempDir();
    try {
      const file = path.join(dir, 'deeper', 'auth.key');
      const key = await loadAuthKey(file);
      assert.equal(key.length, 32);
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.deepEqual(await loadAuthKey(file), key);
      await writeFile(file, 'rubbish');
      await assert.rejects(loadAuthKey(file), /64 hexadecimal digits/);
    } finally {
      await remove();
    }
  });
});

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ConfigError, loadConfig } from '../../server/config.js';
import { settings } from '../../server/config/settings.js';

const key = 'a-key-long-enough-to-be-one';

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

describe('the configuration', () => {
  it('takes the address of the proxy in front, with its path', () => {
    const at = (publicUrl: string) => loadConfig({ API_KEY: 'k'.repeat(20), PUBLIC_URL: publicUrl }).publicAddress;
    assert.equal(at(''), null);
    assert.deepEqual(at('https://example.com'), { origin: 'https://example.com', path: '' });
    assert.deepEqual(at('https://example.com:8443/a/statuscast/'), {
      origin: 'https://example.com:8443',
      path: '/a/statuscast',
    });
    for (const wrong of [
      'example.com/x',
      'ftp://example.com',
      'https://me:secret@example.com',
      'https://example.com/?a',
    ]) {
      assert.throws(() => at(wrong), /PUBLIC_URL/, wrong);
    }
  });

  it('needs nothing but a key', () => {
    const config = loadConfig({ API_KEY: key });
    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.port, 3000);
    assert.equal(config.databaseUrl, null);
    assert.equal(config.whatsapp.url, 'wss://web.whatsapp.com/ws/chat');
    assert.equal(config.whatsapp.rootKey, null);
    assert.deepEqual(config.rateLimit, { max: 300, dashboardMax: 5_000, windowMs: 15 * 60_000 });
  });

  it('has no limit of unfinished uploads that the largest file would not fit into', () => {
    assert.deepEqual(problemsOf({ API_KEY: key, MAX_UPLOAD_MB: '300', UNFINISHED_UPLOADS_MB: '299' }), [
      'UNFINISHED_UPLOADS_MB: Give at least MAX_UPLOAD_MB, or the largest files could never be uploaded.',
    ]);
    const none = { ORGANIZATION_STORAGE_MB: '0', ORGANIZATION_FILES_MAX: '0' };
    const fitting = { MAX_UPLOAD_MB: '300', UNFINISHED_UPLOADS_MB: '300' };
    const { uploadLimits } = loadConfig({ API_KEY: key, ...fitting, ...none });
    assert.deepEqual([uploadLimits.organizationBytes, uploadLimits.organizationFiles], [Infinity, Infinity]);
    assert.equal(loadConfig({ API_KEY: key, ORGANIZATION_FILES_MAX: '7' }).uploadLimits.organizationFiles, 7);
  });

  it('keeps no post for less time than people still get and view it', () => {
    const whole = { API_KEY: key, KEEP_VIEWERS_DAYS: '0', KEEP_POSTS_DAYS: '3', KEEP_REPLIES_DAYS: '1' };
    const { keep } = loadConfig(whole);
    assert.deepEqual([keep.viewersMs, keep.postsMs, keep.repliesMs], [Infinity, 3 * 86_400_000, 86_400_000]);
    const problems = problemsOf({ ...whole, KEEP_VIEWERS_DAYS: '2', KEEP_POSTS_DAYS: '1' });
    assert.deepEqual(
      problems.map((problem) => problem.replace(/: Give .*/, '')),
      ['KEEP_VIEWERS_DAYS', 'KEEP_POSTS_DAYS'],
    );
  });

  it('counts an empty variable as not set', () => {
    assert.equal(loadConfig({ API_KEY: key, PORT: '', DATABASE_URL: '', CORS_ORIGINS: '' }).port, 3000);
  });

  it('names every problem at once', () => {
    const problems = problemsOf({
      PORT: 'many',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      WHATSAPP_URL: 'http://x',
      WHATSAPP_ROOT_KEY: 'abc',
      CORS_ORIGINS: 'https://a.example,nonsense',
    });
    const named = problems.map((problem) => problem.split(/[.:]/)[0]);
    assert.deepEqual(named.sort(), [
      'API_KEY',
      'CORS_ORIGINS',
      'DATABASE_URL',
      'LOG_LEVEL',
      'PORT',
      'WHATSAPP_ROOT_KEY',
      'WHATSAPP_URL',
    ]);
  });

  it('says what to give and what stands there', () => {
    const problems = problemsOf({
      API_KEY: key,
      RATE_LIMIT_MAX: '100000000',
      PORT: '3,000',
      TRUST_PROXY: 'yes',
      LOG_LEVEL: 'loud',
      NODE_NAME: 'n'.repeat(65),
      DATABASE_URL: 'mysql://me:hunter2@db',
    });
    assert.deepEqual(problems, [
      'PORT: Give a whole number from 0 to 65535, without commas and units. It is "3,000".',
      'DATABASE_URL: Give a postgres:// address.',
      'LOG_LEVEL: Give one of fatal, error, warn, info, debug, trace, silent. It is "loud".',
      'RATE_LIMIT_MAX: Give a whole number from 1 to 1000000, without commas and units. It is "100000000".',
      'TRUST_PROXY: Give a whole number from 0 to 10, without commas and units. It is "yes".',
      `NODE_NAME: Give at most 64 characters. It is "${'n'.repeat(65)}".`,
    ]);
  });

  it('shows no secret, however it is printed', () => {
    const url = 'postgres://me:hunter2@db.example/x';
    const config = loadConfig({ API_KEY: key, DATABASE_URL: url });
    for (const printed of [inspect(config, { depth: 9 }), JSON.stringify(config), String(config.apiKey)]) {
      assert.ok(!printed.includes(key) && !printed.includes('hunter2'), printed);
      assert.ok(printed.includes('***'));
    }
    assert.equal(config.apiKey.reveal(), key);
    assert.equal(config.databaseUrl?.reveal(), url);
  });

  it('does not repeat a secret when it is wrong', () => {
    const problems = problemsOf({ API_KEY: 'tiny-secret', DATABASE_URL: 'nonsense-with-hunter2' });
    assert.equal(problems.length, 2);
    assert.ok(!problems.join().includes('tiny-secret') && !problems.join().includes('hunter2'));
  });

  describe('with the trust root of a simulator', () => {
    const rootKey = 'ab'.repeat(32);

    for (const url of [
      undefined,
      'wss://web.whatsapp.com/ws/chat',
      'wss://WEB.WhatsApp.com./ws/chat',
      'wss://g.whatsapp.net:443/x',
      'wss://user@whatsapp.com/',
    ]) {
      it(`refuses to talk to ${url ?? 'the default address'}`, () => {
        const address = url === undefined ? {} : { WHATSAPP_URL: url };
        for (const trust of [{ WHATSAPP_ROOT_KEY: rootKey }, { WHATSAPP_MEDIA_CA_FILE: 'ca.pem' }]) {
          const problems = problemsOf({ API_KEY: key, ...address, ...trust });
          assert.equal(problems.length, 1);
          assert.match(problems[0] ?? '', /^WHATSAPP_URL: .*must not be used with the real WhatsApp/);
        }
      });
    }

    for (const url of ['ws://127.0.0.1:4000/ws/chat', 'wss://whatsapp.com.example.org/', 'wss://notwhatsapp.com/']) {
      it(`accepts ${url}`, () => {
        const config = loadConfig({ API_KEY: key, WHATSAPP_URL: url, WHATSAPP_ROOT_KEY: rootKey });
        assert.equal(config.whatsapp.rootKey?.toString('hex'), rootKey);
      });
    }
  });

  it('explains every setting', () => {
    for (const [name, schema] of Object.entries(settings.shape))
      assert.ok((schema.description ?? '').length > 15, name);
  });
});

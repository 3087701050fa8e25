import assert from 'node:assert/strict';
import { memoryAuthState } from '../../bench/memory-auth-state.js';
import type { Database } from '../../server/db/database.js';
import type { Server } from '../../server/whatsapp/wire/addresses.js';
import { lidServer, userServer } from '../../server/whatsapp/jid.js';
import { createAuthCipher } from '../../server/whatsapp/credentials/auth-cipher.js';
import type { AuthState } from '../../server/whatsapp/credentials/auth-state.js';
import { RecipientDevicesStore } from '../../server/whatsapp/publishing/recipient-devices-store.js';
import { type SentMessage, SentMessagesStore } from '../../server/whatsapp/publishing/sent-messages-store.js';
import { type NewContent, StatusKeys } from '../../server/whatsapp/publishing/status-keys.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/sample-rows.js';
import { ShiftedClock } from '../support/shifted-clock.js';

describeOnEveryDatabase('the key of an account’s statuses', (open) => {
  let db: Database;
  let devices: RecipientDevicesStore;
  let keys: StatusKeys;
  let clock: ShiftedClock;
  let made: string[];
  beforeEach(async () => {
    db = await open();
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, { sessionId });
    devices = new RecipientDevicesStore(db);
    clock = new ShiftedClock();
    made = [];
    const auth = memoryAuthState();
    auth.creds.me = { id: '4915100000000:3@s.whatsapp.net', lid: '900:3@lid' };
    const sent = new SentMessagesStore(db, createAuthCipher(Buffer.alloc(32, 7)));
    keys = new StatusKeys({ sessionId: 'acc1', auth: auth as AuthState, devices, sent, clock });
  });

  const contentOf = (about: string, text = about, more: Partial<NewContent> = {}): NewContent => ({
    about,
    payload: () => {
      made.push(text);
      return Buffer.from(text);
    },
    setting: 'contacts',
    ...more,
  });
  /** Those who may read it, in either form. */
  const audience =
    (...lids: string[]) =>
    (server: Server): Promise<string[]> =>
      Promise.resolve(lids.map((lid) => (server === lidServer ? lid : `49${lid}`)));
  const post = (id: string, ...lids: string[]): Promise<SentMessage> => keys.seal(id, contentOf(id), audience(...lids));
  const give = (user: string, server: Server, { keyId }: SentMessage, sessionId = 'acc1'): Promise<void> => {
    const known = { user, deviceIds: [0], keyId, keyHolders: [0], refused: [], refusedUntil: 0 };
    return devices.save(sessionId, server, [known], new Set([user]), Date.now());
  };
  const numbered = ({ keyId, iteration }: SentMessage): [number, number] => [keyId, iteration];

  it('seals one post after another under numbers that count up, also when two are sealed at once', async () => {
    const first = await post('A');
    const [second, third] = await Promise.all([post('B'), post('C')]);
    assert.deepEqual(
      [first, second, third].map(numbered),
      [0, 1, 2].map((nth) => [first.keyId, nth]),
    );
  });

  it('gives a repeat the same bytes, and says whom the phone shows statuses to by then', async () => {
    const first = await post('A');
    const again = await keys.seal('A', contentOf('A', 'another text', { setting: 'allowlist' }), audience());
    assert.deepEqual([again, made], [{ ...first, setting: 'allowlist' }, ['A']]);
  });

  it('gives a repeat a number of its own when something else was sealed since, and the content that it had', async () => {
    const first = await post('A');
    const second = await post('B');
    const again = await keys.seal('A', contentOf('A', 'another text'), audience());
    assert.deepEqual([numbered(again), again.payload, made], [[second.keyId, 2], first.payload, ['A', 'B']]);
    assert.notDeepEqual(again.body, first.body);
    assert.deepEqual(await keys.seal('A', contentOf('A'), audience()), again);
  });

  it('seals anew what is renewed, in place of what was kept', async () => {
    const first = await post('A');
    const again = await keys.seal('A', contentOf('A', 'another place', { isRenewed: true }), audience());
    assert.deepEqual([numbered(again), again.payload.toString()], [[first.keyId, 1], 'another place']);
    assert.equal((await keys.findPayload('A'))?.toString(), 'another place');
  });

  for (const server of [lidServer, userServer] as const) {
    it(`is a new one once somebody holds it by ${server === lidServer ? 'LID' : 'number'} who is not to read`, async () => {
      const name = (lid: string): string => (server === lidServer ? lid : `49${lid}`);
      const first = await post('A', '1', '2');
      for (const lid of ['1', '2']) await give(name(lid), server, first);
      await give(name('3'), server, first, 'acc2');
      const second = await post('B', '2', '1', '5');
      assert.equal(second.keyId, first.keyId);
      const third = await post('C', '1');
      assert.notEqual(third.keyId, first.keyId);
      assert.equal(third.iteration, 0);
      assert.equal((await post('D', '1')).keyId, third.keyId, 'who holds a former one does not matter');
    });
  }

  it('stays what it is for what is no secret, whoever holds it', async () => {
    const first = await post('A', '1');
    await give('1', lidServer, first);
    const revoke = await keys.seal('R', contentOf('A', 'gone'), null);
    assert.deepEqual(numbered(revoke), [first.keyId, 1]);
  });

  it('seals nothing again that was taken back, and what takes it back like any other', async () => {
    await post('A');
    await post('B');
    const revoke = await keys.seal('R', contentOf('A', 'gone'), null);
    assert.equal(await keys.findPayload('A'), undefined);
    assert.equal(await keys.sealAgain('A'), undefined);
    assert.deepEqual(await keys.sealAgain('R'), { sealed: revoke, isUnderPresentKey: true });
    assert.equal((await keys.findPayload('B'))?.toString(), 'B');
    assert.equal((await keys.sealAgain('B'))?.sealed.about, 'B');
  });

  it('seals the last one again as it was', async () => {
    const first = await post('A');
    assert.deepEqual(await keys.sealAgain('A'), { sealed: first, isUnderPresentKey: true });
    assert.deepEqual(await keys.sealAgain('A'), { sealed: first, isUnderPresentKey: true });
  });

  it('seals an earlier one again under a number that nothing else has, before or after', async () => {
    const first = await post('A');
    const second = await post('B');
    const again = await keys.sealAgain('A');
    assert.ok(again);
    const third = await post('C');
    assert.deepEqual(
      [first, second, again.sealed, third].map(numbered),
      [0, 1, 2, 3].map((nth) => [first.keyId, nth]),
    );
    assert.deepEqual([again.isUnderPresentKey, again.sealed.payload], [true, first.payload]);
    assert.equal(new Set([first, second, again.sealed, third].map(({ body }) => body.toString('hex'))).size, 4);
    assert.notDeepEqual(again.sealed.distribution, first.distribution, 'it must not open what was not for the device');
  });

  it('seals what was under a former key again under that one, so that nobody learns the present one', async () => {
    const first = await post('A', '1');
    await give('1', lidServer, first);
    const second = await post('B', '2');
    assert.deepEqual(await keys.sealAgain('A'), { sealed: first, isUnderPresentKey: false });
    assert.deepEqual(numbered(await post('C', '2')), [second.keyId, 1]);
  });

  it('seals nothing again that was never posted, or is two days old', async () => {
    await post('A');
    assert.equal(await keys.sealAgain('B'), undefined);
    clock.advance(48 * 3_600_000);
    assert.equal(await keys.sealAgain('A'), undefined);
    assert.equal(await keys.findPayload('A'), undefined);
    assert.equal((await keys.seal('A', contentOf('A', 'new'), audience())).payload.toString(), 'new');
  });
});

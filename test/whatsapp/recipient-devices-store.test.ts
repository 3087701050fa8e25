import assert from 'node:assert/strict';
import { RecipientDevicesStore } from '../../server/whatsapp/recipient-devices-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/sample-rows.js';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

describeOnEveryDatabase('what is remembered of the devices of recipients', (open) => {
  it('counts for as long as any, also when the clock was wrong as it was written', async () => {
    const db = await open();
    await insertSession(db, { sessionId: 'acc1' });
    const store = new RecipientDevicesStore(db);
    const now = Date.UTC(2026, 6, 1);
    const save = (writtenAt: number): Promise<void> => {
      const known = { user: '1', deviceIds: [0, 5], keyId: null, keyHolders: [] };
      const refused = { refused: [5], refusedUntil: writtenAt + 6 * hourMs };
      return store.save('acc1', 'lid', [{ ...known, ...refused }], new Set(['1']), writtenAt);
    };
    const found = async (): Promise<unknown> => {
      const one = (await store.find('acc1', 'lid', ['1'], now)).get('1');
      return [one?.deviceIds, one?.refused];
    };
    for (const [writtenAt, deviceIds, refused] of [
      [now, [0, 5], [5]],
      [now - 6 * hourMs, [0, 5], []],
      [now + 6 * hourMs, [0, 5], []],
      [now - 7 * dayMs, undefined, []],
      [now + 7 * dayMs, undefined, []],
    ] as const) {
      await save(writtenAt);
      assert.deepEqual(await found(), [deviceIds, refused], String((writtenAt - now) / hourMs));
    }
  });
});

import assert from 'node:assert/strict';
import type { Tx } from '../../server/db/unit-of-work.js';
import { RecipientsService } from '../../server/statuses/recipients-service.js';
import type { PersonAddress, RecipientOutcome } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { addressesOf } from './addresses-of.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

/** More than are read at once. */
const many = 2_100;
const people = Array.from({ length: many }, (_each, nth): PersonAddress => ({
  phoneNumber: `4917000${String(10_000 + nth)}`,
  lid: null,
}));

describe('the recipients of a status', () => {
  let sqlite: TestSqlite;
  let services: Services;
  beforeEach(async () => {
    sqlite = await openSqlite();
    services = openServices(sqlite.db, new SetClock(new Date('2026-03-01T10:00:00Z')));
    await insertSession(sqlite.db, 'acc1');
    const status = await insertSentStatus(services, 'S1', { state: 'queued', sentAt: null });
    await services.unitOfWork.run(async (tx) => {
      await services.recipients.insert(tx, status, await services.people.resolve(tx, 'acc1', people));
    });
  });
  afterEach(() => sqlite.remove());

  it('are all there, in their order, however many they are', async () => {
    const numbers = people.map(({ phoneNumber }) => phoneNumber);
    for (const listed of [await services.recipients.listAddresses('S1'), await services.recipients.listPending('S1')]) {
      assert.deepEqual(
        listed.map(({ phoneNumber }) => phoneNumber),
        numbers,
      );
    }
    const [some, none] = [
      await services.recipients.listPending('S1', 2_050),
      await services.recipients.listToRevoke('S1'),
    ];
    assert.deepEqual([some.length, some.at(-1)?.phoneNumber, none], [2_050, numbers[2_049], []]);
  });
});

describe('the recipients of one status beside those of another', () => {
  const at = Date.parse('2026-03-01T10:00:00Z');
  const one: PersonAddress = { phoneNumber: '5531988887777', lid: null };
  const two: PersonAddress = { phoneNumber: '491700000002', lid: '200' };
  const hidden: PersonAddress = { phoneNumber: null, lid: '300' };
  let sqlite: TestSqlite;
  let services: Services;
  let recipients: Services['recipients'];
  let ids: string[];

  beforeEach(async () => {
    sqlite = await openSqlite();
    services = openServices(sqlite.db, new SetClock(new Date(at)));
    recipients = services.recipients;
    await insertSession(sqlite.db, 'acc1');
    const counts = { targeted: 3, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
    for (const id of ['S1', 'S2']) {
      const status = await insertSentStatus(services, id, { state: 'sending', sentAt: null, counts });
      await write(async (tx) => {
        ids = await services.people.resolve(tx, 'acc1', [one, two, hidden]);
        await recipients.insert(tx, status, ids);
      });
    }
  });
  afterEach(() => sqlite.remove());

  const write = <T>(work: (tx: Tx) => Promise<T>) => services.unitOfWork.run(work);
  const record = (outcomes: [RecipientOutcome, number[]][], sentAt: number | null = at) =>
    write((tx) => recipients.recordByPosition(tx, 'S1', new Map(outcomes), sentAt));
  const rows = (id: string): Promise<string[][]> =>
    sqlite
      .db('status_recipients')
      .where({ status_id: id })
      .orderBy('position')
      .then((found: { outcome: string; sent_at: number | null; revoked_at: number | null }[]) =>
        found.map(({ outcome, sent_at: sentAt, revoked_at: revokedAt }) => [
          ...[outcome, sentAt === null ? '' : 'confirmed', revokedAt === null ? '' : 'revoked'].filter(Boolean),
        ]),
      );
  const untouched = [['pending'], ['pending'], ['pending']];

  it('have their own outcomes, and a time only where it was sent to them', async () => {
    await record([
      ['included', [0]],
      ['no_device', [1]],
    ]);
    assert.deepEqual(await rows('S1'), [['included', 'confirmed'], ['no_device'], ['pending']]);
    await write((tx) => recipients.leaveOut(tx, 'S1', new Map([['opted_out', [0, 1, 2]]])));
    assert.deepEqual(await rows('S1'), [['included', 'confirmed'], ['no_device'], ['opted_out']]);
    assert.deepEqual(await rows('S2'), untouched);
    const counts = (id: string) => write((tx) => recipients.count(tx, id));
    assert.deepEqual(await counts('S1'), { included: 1, confirmed: 1, leftOut: 2, firstSentAt: at });
    assert.deepEqual(await counts('S2'), { included: 0, confirmed: 0, leftOut: 0, firstSentAt: null });
    const byId = new Map<string, RecipientOutcome>([
      [ids[1] ?? '', 'included'],
      [ids[2] ?? '', 'key_error'],
    ]);
    await write((tx) => recipients.recordOutcomes(tx, { id: 'S1', organizationId: 'default' }, byId, at + 1));
    assert.deepEqual(await rows('S1'), [['included', 'confirmed'], ['included', 'confirmed'], ['key_error']]);
    assert.deepEqual(await counts('S1'), { included: 2, confirmed: 2, leftOut: 1, firstSentAt: at });
    assert.deepEqual(await rows('S2'), untouched);
  });

  it('are open again, or others, without those of the other one', async () => {
    for (const id of ['S1', 'S2']) await write((tx) => recipients.leaveOut(tx, id, new Map([['opted_out', [1]]])));
    await record([['included', [2]]], null);
    await write((tx) => recipients.reopen(tx, 'S1'));
    assert.deepEqual(await rows('S1'), untouched, 'nobody knows whether they have it');
    await write((tx) => recipients.replace(tx, { id: 'S1', organizationId: 'default' }, ids.slice(2)));
    assert.deepEqual(addressesOf(await recipients.listAddresses('S1')), [hidden]);
    assert.deepEqual(await rows('S2'), [['pending'], ['opted_out'], ['pending']]);
  });

  it('are taken back from once each', async () => {
    await record([['included', [0, 1]]]);
    const revoke = (...of: number[]) =>
      write((tx) =>
        recipients.recordRevoked(
          tx,
          'S1',
          of.map((nth) => ids[nth] ?? ''),
          at,
        ),
      );
    assert.equal(await recipients.isPartlyRevoked('S1'), false);
    assert.deepEqual([await revoke(0), await revoke(0, 1), await revoke(1)], [1, 1, 0]);
    assert.deepEqual([await recipients.isPartlyRevoked('S1'), await recipients.isPartlyRevoked('S2')], [true, false]);
    assert.deepEqual(await rows('S2'), untouched);
    assert.deepEqual(await recipients.listToRevoke('S1'), []);
    await record([['included', [2]]]);
    assert.deepEqual(addressesOf(await recipients.listToRevoke('S1')), [hidden]);
  });

  it('are found by each of their names, in whatever form, and only where they are meant', async () => {
    const find = (phoneNumber: string | null, lid: string | null, id = 'S1') =>
      write(async (tx) => (await recipients.findFor(tx, id, { phoneNumber, lid }))?.personId);
    for (const [phoneNumber, lid, nth] of [
      ['5531988887777', null, 0],
      ['553188887777', null, 0],
      ['491700000002', '999', 1],
      [null, '200', 1],
      ['491700000009', '300', 2],
    ] as const) {
      assert.equal(await find(phoneNumber, lid), ids[nth], `${String(phoneNumber)} ${String(lid)}`);
    }
    assert.equal(await find('491700000009', '999'), undefined);
    await record([
      ['included', [0]],
      ['no_device', [1]],
    ]);
    assert.deepEqual([await find(null, '200'), await find(null, '200', 'S2')], [undefined, ids[1]]);
    const among = await write((tx) => recipients.among(tx, ['S1', 'S2'], ids.slice(0, 2)));
    assert.deepEqual(among.map(({ statusId, personId }) => `${statusId} ${String(ids.indexOf(personId))}`).sort(), [
      'S1 0',
      'S2 0',
      'S2 1',
    ]);
    const unknown = (form: 'phone_number' | 'lid', id: string) => write((tx) => recipients.hasUnknown(tx, id, form));
    assert.deepEqual([await unknown('lid', 'S1'), await unknown('phone_number', 'S1')], [true, true]);
    await record([['no_number', [2]]]);
    assert.deepEqual([await unknown('phone_number', 'S1'), await unknown('phone_number', 'S2')], [false, true]);
  });

  it('are one where two are, with the time at which the first of them got it, and counted anew', async () => {
    await record([
      ['no_device', [0]],
      ['included', [1]],
    ]);
    await record([['opted_out' as RecipientOutcome, [2]]]);
    await write(async (tx) => {
      const changed = await recipients.move(tx, new Map([[ids[0] ?? '', ids[1] ?? '']]));
      await services.statusesStore.recount(tx, changed);
    });
    assert.deepEqual(await rows('S1'), [['included', 'confirmed'], ['opted_out']]);
    assert.deepEqual(await rows('S2'), [['pending'], ['pending']]);
    const read = async (id: string) => {
      const { counts, recipients: reached } = await services.statuses.get('acc1', id);
      return [counts.targeted, counts.included, reached.leftOut];
    };
    assert.deepEqual(
      [await read('S1'), await read('S2')],
      [
        [2, 1, 1],
        [2, 0, 0],
      ],
    );
  });

  it('are shown in the order of sending with their names, by what became of them', async () => {
    await sqlite.db('people').where({ id: ids[1] }).update({ verified_name: 'Shop', push_name: 'Me' });
    await record([
      ['included', [1, 0]],
      ['no_device', [2]],
    ]);
    const service = new RecipientsService(recipients, services.statuses);
    const all = await service.list('acc1', 'S1', { limit: 50 });
    assert.deepEqual(
      all.items.map(({ phoneNumber, lid, name, outcome, sentAt }) => [phoneNumber, lid, name, outcome, sentAt]),
      [
        [one.phoneNumber, null, null, 'included', '2026-03-01T10:00:00.000Z'],
        [two.phoneNumber, '200', 'Shop', 'included', '2026-03-01T10:00:00.000Z'],
        [null, '300', null, 'no_device', null],
      ],
    );
    assert.equal(all.items[2]?.message, 'WhatsApp lists no device for this person.');
    const some = await service.list('acc1', 'S1', { limit: 1, outcome: 'included' });
    assert.deepEqual([some.items.map(({ name }) => name), some.total, some.nextCursor], [[null], 2, '0']);
    const rest = await service.list('acc1', 'S1', { limit: 1, outcome: 'included', cursor: '0' });
    assert.deepEqual([rest.items.map(({ name }) => name), rest.total, rest.nextCursor], [['Shop'], 2, null]);
    for (const cursor of ['-2', '1e3', '1234567890', '']) {
      await assert.rejects(service.list('acc1', 'S1', { limit: 1, cursor }), { code: 'validation_error' });
    }
  });
});

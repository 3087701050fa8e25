import assert from 'node:assert/strict';
import { FieldAccount } from './field-account.js';

/**
 * Field notes 1.2: posts that look sent and reach nobody. Covered elsewhere: (a) no recipients at all goes to the own phone
 * (`posting-journey`), an audience that is empty is refused (`audiences-journey`); (c) a question for devices without
 * an answer is no success (`whatsapp/publishing`); (d) 429 and 463 also pause (`pace-journey`); a post without an ack
 * is unconfirmed (`whatsapp/publishing`, `whatsapp/late-acks`).
 */
describe('in the field: nothing reaches nobody in silence', function () {
  this.timeout(60_000);
  let account: FieldAccount;
  before(async () => {
    account = await FieldAccount.open({ STATUS_CHUNK_PAUSE_MS: '0' });
  });
  after(() => account.close());
  afterEach(() => {
    account.simulator.controls.faults.clear();
  });

  it('b: a contact without any device is named, and a post for them alone is no success', async () => {
    const [anna = '', ben = ''] = account.contacts(2);
    account.simulator.controls.devices.setCount(anna, 0);
    const alone = await account.post([anna]);
    assert.deepEqual([alone.state, alone.error?.code], ['failed', 'empty_audience']);
    assert.deepEqual(account.seen(account.own, alone), []);
    const both = await account.post([anna, ben]);
    assert.deepEqual([both.state, both.recipients], ['sent', { reached: 1, leftOut: 1, open: 0 }]);
    assert.deepEqual(await account.said(both), ['no_device', 'included']);
    assert.equal(account.seen(ben, both).length, 1);
  });

  for (const code of ['400', '401', '463', '479', '500']) {
    it(`d: WhatsApp refuses with ${code}, and the status says so in words instead of “sent”`, async () => {
      const [anna = ''] = account.contacts(1);
      account.simulator.controls.faults.add({ on: 'message', error: code, onlyStatuses: true });
      const status = await account.post([anna]);
      await account.resume();
      assert.deepEqual([status.state, status.error?.code, status.sentAt], ['failed', code, null]);
      assert.match(status.error?.message ?? '', new RegExp(`^WhatsApp .*\\(${code}\\)`));
      assert.deepEqual([status.recipients.reached, account.seen(anna, status).length], [0, 0]);
    });
  }

  it('e: keys that are refused for one contact are told, and everybody else has the status', async () => {
    const people = account.contacts(3);
    const lid = account.simulator.controls.people.person(people[1] ?? '').lid ?? '';
    account.simulator.controls.faults.add({ on: 'prekeys', user: lid, code: 406, text: 'not-acceptable' });
    const status = await account.post(people);
    assert.deepEqual(await account.said(status), ['included', 'key_error', 'included']);
    assert.deepEqual(
      people.map((person) => account.seen(person, status).length),
      [1, 0, 1],
    );
  });

  it('f: a number that WhatsApp knows no hidden id for is named, and takes nobody down', async () => {
    const people = [...account.contacts(1, { onWhatsApp: false }), ...account.contacts(1)];
    const status = await account.post(people);
    assert.deepEqual(await account.said(status), ['not_on_whatsapp', 'included']);
    assert.equal(account.seen(people[1] ?? '', status).length, 1);
  });

  it('g: a device that WhatsApp knows and the post missed has the next one', async () => {
    const [anna = ''] = account.contacts(1);
    assert.equal((await account.post([anna])).state, 'sent');
    account.simulator.controls.devices.setCount(anna, 2, { silently: true });
    const missed = await account.post([anna]);
    assert.equal(account.seen(anna, missed)[0]?.copies, 1);
    const next = await account.post([anna]);
    assert.equal(account.seen(anna, next)[0]?.copies, 2);
  });
});

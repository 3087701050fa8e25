import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.js';
import { PostingAccount } from './posting-account.js';

describe('who has the key of a post, and under which name', function () {
  this.timeout(60_000);
  let account: PostingAccount;
  before(async () => {
    account = await PostingAccount.open({ chunkSize: 2 });
  });
  after(() => account.close());
  beforeEach(() => account.begin());

  it('remembers nothing of a part that was refused', async () => {
    const people = account.contacts('anna', 'ben');
    account.simulator.controls.faults.add({ on: 'message', error: '463', times: 1 });
    const { outcome } = await account.post(people);
    assert.deepEqual(
      [outcome.result, account.said(outcome.recipients)],
      ['rejected', ['anna included', 'ben included']],
    );
    for (const { lid } of people) assert.equal(await account.keyOf(lid), undefined);
    await account.post(people);
    assert.match(account.stanzas()[1] ?? '', /anna@lid with key, ben@lid with key/);
  });

  it('has a new key when somebody holds it under the other form of address who is left out', async () => {
    const [anna = assert.fail(), ben = assert.fail()] = account.contacts('anna', 'ben');
    await account.teach('numbers_with_keys');
    await account.post([anna, ben]);
    const first = await account.keyOf(anna.phoneNumber);
    assert.ok(first);
    await account.gateway.db('account_forms').delete();
    await account.post([anna, ben]);
    assert.equal(await account.keyOf(anna.lid), first, 'the same people may have it');
    await account.gateway.db('recipient_devices').where({ user_id: ben.lid }).delete();
    await account.post([anna]);
    const second = await account.keyOf(anna.lid);
    assert.notEqual(second, first);
    // And the other way round: held under LIDs, and the post names numbers.
    await account.teach('numbers_with_keys');
    await account.post([anna]);
    assert.equal(await account.keyOf(anna.phoneNumber), second);
    const cleo = account.contact('cleo');
    await account.post([cleo]);
    assert.notEqual(await account.keyOf(cleo.phoneNumber), second);
  });

  it('does not ask for keys that were refused until six hours later, whichever device’s they are', async () => {
    // A device without the key asks for the post again, upon which its keys are asked for.
    account.live.allowRetry = () => Promise.resolve(false);
    const anna = account.contact('anna');
    account.simulator.controls.devices.setCount(anna.phoneNumber, 3);
    const refuse = (device: number): void => {
      const fault = { on: 'prekeys', user: anna.lid ?? '', device, code: 404, text: 'item-not-found' } as const;
      account.simulator.controls.faults.add(fault);
    };
    refuse(1);
    await account.post([anna]);
    assert.equal(
      account.stanzas()[0]?.replace(/^own@lid with key, /, ''),
      'anna@lid with key, anna:2@lid with key · skmsg',
    );
    account.simulator.controls.devices.setCount(anna.phoneNumber, 4);
    await eventually(async () => {
      const rows = account.gateway.db('recipient_devices').where({ user_id: anna.lid, listed_at: 0 });
      assert.equal((await rows).length, 1);
    });
    refuse(3);
    const keyQuestions = (): number => account.questions.filter((one) => one === 'encrypt').length;
    const asked: number[] = [];
    for (let nth = 0; nth < 2; nth += 1) {
      const before = keyQuestions();
      await account.post([anna]);
      asked.push(keyQuestions() - before);
      assert.match(account.stanzas().at(-1) ?? '', /, anna@lid · skmsg$/);
    }
    assert.deepEqual(asked, [1, 0]);
    account.simulator.controls.faults.clear();
    await account.gateway
      .db('recipient_devices')
      .where({ user_id: anna.lid })
      .update({ refused_until: Date.now() - 1 });
    await account.post([anna]);
    assert.match(account.stanzas().at(-1) ?? '', /, anna:1@lid with key, anna:3@lid with key · skmsg$/);
  });

  it('uses no LID of the past again after the ack that says so', async () => {
    const [anna = assert.fail(), ben = assert.fail(), cleo = assert.fail()] = account.contacts('anna', 'ben', 'cleo');
    await account.post([anna, ben, cleo]);
    const { lid } = account.simulator.controls.traffic.changeLid(anna.phoneNumber, true);
    account.names.set(lid ?? '', 'anna anew');
    account.live.pairs.length = 0;
    await account.post([anna, ben, cleo]);
    assert.deepEqual(
      account.live.pairs.filter(({ phoneNumber }) => phoneNumber === anna.phoneNumber).map((pair) => pair.lid === lid),
      [false, true],
    );
    assert.deepEqual(await Promise.all([anna, ben].map(({ lid: former }) => account.keyOf(former))), [
      undefined,
      undefined,
    ]);
    const { messageId } = await account.post([anna, ben, cleo]);
    assert.match(account.stanzas().at(-2) ?? '', /anna anew@lid with key/);
    assert.deepEqual(account.copies([anna, ben, cleo], messageId), [1, 1, 1]);
  });

  it('is looked up anew when a form is refused: addresses, devices and keys', async () => {
    const [anna = assert.fail(), ben = assert.fail()] = account.contacts('anna', 'ben');
    await account.post([anna, ben]);
    const { lid } = account.simulator.controls.traffic.changeLid(anna.phoneNumber, true);
    account.names.set(lid ?? '', 'anna anew');
    account.simulator.controls.devices.setCount(ben.phoneNumber, 2, { silently: true });
    const refused = { refused: '1', refused_until: Date.now() + 3_600_000 };
    await account.gateway.db('recipient_devices').where({ user_id: ben.lid }).update(refused);
    account.simulator.controls.faults.add({ on: 'message', error: '421', times: 1 });
    const { messageId, outcome } = await account.post([anna, ben]);
    assert.equal(outcome.result, 'acknowledged');
    const everybody = 'anna anew@lid with key, ben@lid with key, ben:1@lid with key';
    assert.equal(account.stanzas().at(-1), `own@lid with key, ${everybody} · skmsg`);
    assert.deepEqual(account.copies([anna, ben], messageId), [1, 2]);
  });

  for (const [what, names] of [
    ['number', (number: string) => ({ from: `${number}@s.whatsapp.net` })],
    ['LID', (_number: string, lid: string) => ({ from: `${lid}@lid` })],
    ['number and LID', (number: string, lid: string) => ({ from: `${number}@s.whatsapp.net`, lid: `${lid}@lid` })],
  ] as const) {
    it(`is nobody’s for certain after news of the person by ${what}`, async () => {
      const [anna = assert.fail(), ben = assert.fail()] = account.contacts('anna', 'ben');
      await account.post([anna, ben]);
      await account.teach('numbers_with_keys');
      await account.post([anna, ben]);
      const rowsOf = (one: typeof anna) =>
        account.gateway.db('recipient_devices').whereIn('user_id', [one.lid ?? '', one.phoneNumber]);
      const known = async (one: typeof anna): Promise<unknown[]> => {
        const rows: { listed_at: number; key_holders: string }[] = await rowsOf(one);
        return rows.map(({ listed_at, key_holders }) => [listed_at > 0, key_holders]);
      };
      const news = async (type: string, content: { tag: string; attrs?: Record<string, string> }[]): Promise<void> => {
        await rowsOf(anna).update({ listed_at: Date.now() });
        const attrs = { ...names(anna.phoneNumber, anna.lid ?? ''), type, id: `NEWS-${type}`, t: '1777000000' };
        const stanza = { tag: 'notification', attrs, content };
        account.simulator.controls.traffic.sendStanza(account.own.phoneNumber, stanza, true);
        await eventually(async () => assert.equal((await rowsOf(anna).where('listed_at', 0)).length, 2), {
          what: type,
        });
      };
      assert.deepEqual(await known(anna), [
        [true, '0'],
        [true, '0'],
      ]);
      await news('devices', [{ tag: 'update', attrs: { device_hash: '2:x' } }]);
      assert.deepEqual(await known(anna), [
        [false, '0'],
        [false, '0'],
      ]);
      await news('encrypt', [{ tag: 'identity' }]);
      assert.deepEqual(await known(anna), [
        [false, ''],
        [false, ''],
      ]);
      assert.deepEqual(await known(ben), [
        [true, '0'],
        [true, '0'],
      ]);
    });
  }

  it('is nobody’s for certain after news that name the LID beside a number that nobody has heard of', async () => {
    const anna = account.contact('anna');
    await account.post([], { recipients: [{ phoneNumber: null, lid: anna.lid }] });
    const attrs = {
      from: `${anna.phoneNumber}@s.whatsapp.net`,
      lid: `${anna.lid ?? ''}@lid`,
      id: 'NEWS',
      t: '1777000000',
    };
    const stanza = { tag: 'notification', attrs: { ...attrs, type: 'devices' }, content: [{ tag: 'update' }] };
    account.simulator.controls.traffic.sendStanza(account.own.phoneNumber, stanza, true);
    await eventually(async () => {
      const rows = account.gateway.db('recipient_devices').where({ user_id: anna.lid, listed_at: 0 });
      assert.equal((await rows).length, 1);
    });
  });
});

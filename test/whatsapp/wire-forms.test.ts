import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../server/lib/project-root.js';
import { addressForms, type FormName, ladderOf, remedies } from '../../server/whatsapp/address-forms.js';
import { parseJid } from '../../server/whatsapp/addresses.js';
import type { PersonAddress, PublishOutcome, StatusContent } from '../../server/whatsapp/gateway.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestConnection, type TestGateway } from './open-gateway.js';
import { inShort, recordStanzas } from './sent-stanzas.js';

const content: StatusContent = {
  type: 'text',
  text: 'Fresh bread',
  backgroundColor: '#1F6F5C',
  textColor: '#FFFFFF',
  font: 0,
};
const byNumber = ({ phoneNumber }: ContactView): PersonAddress => ({ phoneNumber, lid: null });

describe('the stanza of a post, by form and situation', function () {
  this.timeout(90_000);
  let simulator: TestSimulator;
  let gateway: TestGateway;
  let live: TestConnection;
  let own: { phoneNumber: string; lid: string | null };
  const names = new Map<string, string>();
  const recorded = recordStanzas();
  const rows: string[] = [];

  async function link(lid: boolean): Promise<void> {
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator, { ackMs: 5_000 });
    const [phone] = simulator.addContacts({ contacts: [{ lid, name: 'Own' }] });
    assert.ok(phone);
    const linking = gateway.open();
    const { qr } = await linking.event('qr');
    await simulator.scanQr(qr, { phoneNumber: phone.phoneNumber });
    await linking.event('closed');
    live = gateway.open();
    const { account } = await live.event('open');
    own = { phoneNumber: account.phoneNumber, lid: parseJid(account.lid)?.user ?? null };
    name('own', own);
  }
  async function unlink(): Promise<void> {
    await gateway.stop();
    await simulator.stop();
  }
  after(() => recorded.stop());

  function name(word: string, { phoneNumber, lid }: { phoneNumber: string; lid: string | null }): void {
    names.set(phoneNumber, word);
    if (lid !== null) names.set(lid, word);
  }
  function contact(word: string, wanted: object = {}): ContactView {
    const [made] = simulator.addContacts({ contacts: [wanted] });
    assert.ok(made);
    name(word, made);
    return made;
  }
  async function post(...people: ContactView[]): Promise<PublishOutcome> {
    recorded.stanzas.length = 0;
    const messageId = gateway.gateway.newMessageId(null);
    return live.connection.publishStatus({ messageId, content, recipients: people.map(byNumber) });
  }
  function row(form: FormName, situation: string, index = 0): void {
    const stanza = recorded.stanzas[index];
    assert.ok(stanza, `${form}, ${situation}: no stanza`);
    rows.push(`| \`${form}\` | ${situation} | ${inShort(stanza, names)} |`);
  }
  const remember = (form: FormName): Promise<unknown> =>
    gateway
      .db('account_forms')
      .insert({ session_id: 'acc1', form, learned_at: Date.now() })
      .onConflict('session_id')
      .merge();

  /** Posts in every situation, in a form that the account has learned. */
  async function everySituation(form: FormName): Promise<void> {
    const [anna, ben] = [contact('anna'), contact('ben', { devices: 2 })];
    await remember(form);
    await post(anna, ben);
    row(form, 'first post to anna and ben');
    await post(anna, ben);
    row(form, 'second post');
    simulator.controls.devices.setCount(ben.phoneNumber, 3);
    await eventually(async () => assert.equal(await countOutdated(ben), 1), { what: 'the news of a device' });
    await post(anna, ben);
    row(form, 'ben has a new device');
    await post(anna);
    row(form, 'ben is left out');
    await simulator.drain();
    assert.equal(simulator.statuses(anna.phoneNumber).length, 4);
    const copies = simulator.statuses(ben.phoneNumber).map((status) => status.devices.length);
    assert.deepEqual(copies, [2, 2, 3], 'every device of ben has what he was meant to get, and nothing else');
  }
  const countOutdated = async ({ lid, phoneNumber }: ContactView): Promise<number> => {
    const rowsOf = gateway.db('recipient_devices').whereIn('user_id', [lid ?? '', phoneNumber]);
    return (await rowsOf.where({ listed_at: 0 })).length;
  };

  describe('of an account with a LID', () => {
    before(() => link(true));
    after(unlink);

    for (const form of ladderOf({ lid: 'some@lid' })) {
      it(`in the form ${form}`, async () => {
        await everySituation(form);
        assert.deepEqual(simulator.refusedRules(), []);
        assert.deepEqual(simulator.controls.warnings(), []);
      });
    }

    it('for somebody who has no LID, there is no name among LIDs', async () => {
      await gateway.db('account_forms').delete();
      const [anna, nina] = [contact('anna'), contact('nina', { lid: false })];
      const outcome = await post(anna, nina);
      row('lids', 'nina has no LID');
      assert.deepEqual(
        outcome.recipients.map((one) => one.outcome),
        ['included', 'no_lid'],
      );
    });

    it('goes down the ladder with each refusal, and what is taken is remembered for a week', async () => {
      const anna = contact('anna');
      await post(anna);
      for (const [refusals, expected] of [
        [1, 'lids_with_keys'],
        [1, 'numbers_with_keys'],
        [1, 'small_chunks'],
      ] as const) {
        simulator.controls.faults.add({ on: 'message', error: '479', times: refusals });
        assert.equal((await post(anna)).result, 'acknowledged');
        assert.equal(recorded.stanzas.length, 2);
        assert.equal(await learnedForm(), expected);
        if (expected === 'lids_with_keys') row('lids', 'refused with 479', 0);
        row(expected, 'after the refusal', 1);
      }
      simulator.controls.faults.add({ on: 'message', error: '479', times: 1 });
      const refused = await post(anna);
      assert.ok(refused.result === 'rejected');
      assert.equal(refused.code, '479');

      const week = 7 * 24 * 60 * 60 * 1000;
      await gateway.db('account_forms').update({ form: 'numbers_with_keys', learned_at: Date.now() - week + 60_000 });
      await post(anna);
      assert.match(inShort(recorded.stanzas[0] ?? { tag: '', attrs: {} }, names), /anna@number with key/);
      await gateway.db('account_forms').update({ learned_at: Date.now() - week - 60_000 });
      await post(anna);
      assert.match(inShort(recorded.stanzas[0] ?? { tag: '', attrs: {} }, names), /anna@lid ·/);
      assert.equal(await learnedForm(), undefined);
    });

    it('400 and 421 lead down the ladder too; what says something about the account does not', async () => {
      const anna = contact('anna');
      for (const code of ['400', '421']) {
        await gateway.db('account_forms').delete();
        simulator.controls.faults.add({ on: 'message', error: code, times: 1 });
        assert.equal((await post(anna)).result, 'acknowledged', code);
        assert.equal(await learnedForm(), 'lids_with_keys', code);
      }
      for (const code of ['401', '463', '500']) {
        simulator.controls.faults.add({ on: 'message', error: code, times: 1 });
        const outcome = await post(anna);
        assert.ok(outcome.result === 'rejected');
        assert.deepEqual([outcome.code, recorded.stanzas.length], [code, 1]);
      }
    });

    it('a device that asks for a post again gets it alone, under its LID even when it asks by number', async () => {
      await gateway.db('account_forms').delete();
      for (const receiptForm of ['lid', 'pn'] as const) {
        const anna = contact('anna', { devices: 2 });
        simulator.controls.changeSettings({ receiptForm });
        await simulator.ask('POST', `/admin/contacts/${anna.phoneNumber}/fail-decryption`, { times: 1 });
        await post(anna);
        await eventually(() => assert.equal(recorded.stanzas.length, 2), { what: 'the answer' });
        await simulator.drain();
        assert.match(inShort(recorded.stanzas[1] ?? { tag: '', attrs: {} }, names), /^only anna(:1)?@lid · pkmsg$/);
        if (receiptForm === 'lid') row('lids', 'a device of anna could not open it', 1);
        assert.deepEqual(simulator.statuses(anna.phoneNumber)[0]?.devices.toSorted(), [0, 1]);
      }
      simulator.controls.changeSettings({ receiptForm: 'as_addressed' });
    });
  });

  describe('of an account without a LID', () => {
    before(() => link(false));
    after(unlink);

    for (const form of ladderOf({ lid: null })) {
      it(`in the form ${form}`, () => everySituation(form));
    }

    it('goes down its own ladder with each refusal', async () => {
      await gateway.db('account_forms').delete();
      const anna = contact('anna');
      await post(anna);
      for (const expected of ['numbers_with_keys', 'small_chunks'] as const) {
        simulator.controls.faults.add({ on: 'message', error: '479', times: 1 });
        assert.equal((await post(anna)).result, 'acknowledged');
        assert.equal(await learnedForm(), expected);
        if (expected === 'numbers_with_keys') row('numbers', 'refused with 479', 0);
        row(expected, 'after the refusal', 1);
      }
      simulator.controls.faults.add({ on: 'message', error: '479', times: 1 });
      assert.equal((await post(anna)).result, 'rejected');
    });

    it('names somebody who has a LID, and somebody who has none, by number', async () => {
      await gateway.db('account_forms').delete();
      const [anna, nina] = [contact('anna'), contact('nina', { lid: false })];
      const outcome = await post(anna, nina);
      row('numbers', 'nina has no LID');
      assert.deepEqual(
        outcome.recipients.map((one) => one.outcome),
        ['included', 'included'],
      );
    });
  });

  async function learnedForm(): Promise<string | undefined> {
    const learned: { form: string } | undefined = await gateway.db('account_forms').first('form');
    return learned?.form;
  }

  describe('as a table', () => {
    it('is what the documentation says', async () => {
      const text = await readFile(path.join(projectRoot(), 'docs', 'wire', 'forms.md'), 'utf8');
      const lines = text.split('\n').map((line) => line.replace(/ {2,}/g, ' '));
      const written = lines.filter((line) => /^\| `[a-z_]+` \|/.test(line) && line.includes(' · '));
      assert.deepEqual(written, [...new Set(rows)]);
      for (const [form, { why }] of Object.entries(addressForms))
        assert.ok(text.includes(`\`${form}\``) && text.includes(why));
      for (const [code, remedy] of Object.entries(remedies))
        assert.ok(lines.some((line) => line.startsWith(`| ${code} | \`${remedy}\``)));
    });
  });
});

import type { BinaryNode } from '@whiskeysockets/baileys';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../server/lib/project-root.js';
import { addressForms, type FormName, ladderOf, remedies } from '../../server/whatsapp/address-book/address-forms.js';
import { parseJid } from '../../server/whatsapp/wire/addresses.js';
import { userServer } from '../../server/whatsapp/jid.js';
import type { PersonAddress, PublishOutcome, StatusContent, StatusSetting } from '../../server/whatsapp/gateway.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { childOf } from '../../simulator/wire/node.js';
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
  const post = (...people: ContactView[]): Promise<PublishOutcome> => postTo(people.map(byNumber));
  async function postTo(
    recipients: PersonAddress[],
    messageId = gateway.gateway.newMessageId(null),
    setting: StatusSetting = 'contacts',
  ): Promise<PublishOutcome> {
    recorded.stanzas.length = 0;
    return live.connection.publishStatus({ messageId, content, recipients, setting: () => Promise.resolve(setting) });
  }
  function row(form: FormName, situation: string, index = 0): void {
    const stanza = recorded.stanzas[index];
    assert.ok(stanza, `${form}, ${situation}: no stanza`);
    rows.push(`| ${own.lid === null ? 'number' : 'LID'} | \`${form}\` | ${situation} | ${inShort(stanza, names)} |`);
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
    await refusedOnce(form, anna);
    await withoutLid(form, anna);
    await simulator.drain();
    const copies = (one: ContactView): number[] =>
      simulator.statuses(one.phoneNumber).map(({ devices }) => devices.length);
    assert.deepEqual(copies(anna), Array<number>(form === 'small_chunks' ? 5 : 6).fill(1));
    assert.deepEqual(copies(ben), [2, 2, 3], 'every device of ben has what he was meant to get, and nothing else');
  }
  /** The next form is tried, and remembered once it is taken; after the last form the post fails. */
  async function refusedOnce(form: FormName, anna: ContactView): Promise<void> {
    simulator.controls.faults.add({ on: 'message', error: '479', times: 1 });
    const outcome = await post(anna);
    row(form, 'refused with 479');
    const ladder = ladderOf(own);
    const next = ladder[ladder.indexOf(form) + 1];
    assert.equal(recorded.stanzas.length, next === undefined ? 1 : 2);
    if (next === undefined) {
      assert.ok(outcome.result === 'rejected');
      assert.equal(outcome.code, '479');
    } else {
      assert.equal(outcome.result, 'acknowledged');
      assert.equal(await learnedForm(), next);
      row(next, 'after the refusal', 1);
    }
  }
  /** Among LIDs there is no name for her; among numbers everybody has one. */
  async function withoutLid(form: FormName, anna: ContactView): Promise<void> {
    const nina = contact('nina', { lid: false });
    await remember(form);
    const { recipients } = await post(anna, nina);
    row(form, 'nina has no LID');
    const isNamed = addressForms[form].server === userServer || own.lid === null;
    assert.deepEqual(
      recipients.map(({ outcome }) => outcome),
      ['included', isNamed ? 'included' : 'no_lid'],
    );
  }
  /** What the device is sent that could not open a post. */
  async function askedAgain(): Promise<BinaryNode> {
    const anna = contact('anna', { devices: 2 });
    await simulator.ask('POST', `/admin/contacts/${anna.phoneNumber}/fail-decryption`, { times: 1 });
    await post(anna);
    await eventually(() => assert.equal(recorded.stanzas.length, 2), { what: 'the answer' });
    await simulator.drain();
    assert.deepEqual(simulator.statuses(anna.phoneNumber)[0]?.devices.toSorted(), [0, 1]);
    const [, answer] = recorded.stanzas;
    assert.ok(answer);
    return answer;
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

    it('goes on down the ladder within one post, and what is taken is remembered for a week', async () => {
      await gateway.db('account_forms').delete();
      const anna = contact('anna');
      simulator.controls.faults.add({ on: 'message', error: '479', times: 2 });
      assert.equal((await post(anna)).result, 'acknowledged');
      assert.equal(recorded.stanzas.length, 3);
      assert.equal(await learnedForm(), 'numbers_with_keys');
      const week = 7 * 24 * 60 * 60 * 1000;
      await gateway.db('account_forms').update({ form: 'numbers_with_keys', learned_at: Date.now() - week + 60_000 });
      await post(anna);
      assert.match(inShort(recorded.stanzas[0] ?? { tag: '', attrs: {} }, names), /anna@number with key/);
      await gateway.db('account_forms').update({ learned_at: Date.now() - week - 60_000 });
      await post(anna);
      assert.match(inShort(recorded.stanzas[0] ?? { tag: '', attrs: {} }, names), /anna@lid/);
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
        simulator.controls.changeSettings({ receiptForm });
        const stanza = await askedAgain();
        assert.match(inShort(stanza, names), /^only anna(:1)?@lid · pkmsg$/);
        if (receiptForm === 'lid') row('lids', 'a device of anna could not open it', 1);
      }
      simulator.controls.changeSettings({ receiptForm: 'as_addressed' });
    });

    it('a repeat under the same id has the same ciphertext, and says whom the phone shows statuses to by then', async () => {
      await gateway.db('account_forms').delete();
      const [anna, id] = [contact('anna'), gateway.gateway.newMessageId(null)];
      const sent: unknown[] = [];
      for (const setting of ['contacts', 'denylist', 'allowlist'] as const) {
        await postTo([byNumber(anna)], id, setting);
        const [stanza = assert.fail()] = recorded.stanzas;
        assert.equal(childOf(stanza, 'meta')?.attrs['status_setting'], setting);
        sent.push(childOf(stanza, 'enc')?.content);
      }
      assert.deepEqual(sent, [sent[0], sent[0], sent[0]]);
    });

    it('a device gets it whatever the form of its request, ten times in all', async () => {
      const anna = contact('anna');
      const id = gateway.gateway.newMessageId(null);
      await postTo([byNumber(anna)], id);
      const user = anna.lid ?? '';
      const counts = ['abc', '0', '-3', '1e9', '1.5', '7'];
      const requests: [Record<string, string>, string, string][] = [
        [{ from: `${user}@lid` }, '1', '1'],
        [{ from: `${anna.phoneNumber}@s.whatsapp.net` }, '2', '2'],
        [{ from: 'status@broadcast', participant: `${user}.1:0@lid` }, '1', '1'],
        [{ from: 'status@broadcast', participant: `${user}_1@lid` }, '1', '1'],
        ...counts.map((count): [Record<string, string>, string, string] => [
          { from: 'status@broadcast', participant: `${user}@lid` },
          count,
          count === '7' ? '7' : '1',
        ]),
      ];
      const ask = (attrs: Record<string, string>, count: string): void => {
        const retry = { tag: 'retry', attrs: { count, id, t: '1', v: '1' } };
        const receipt = { tag: 'receipt', attrs: { ...attrs, id, type: 'retry', t: '1' }, content: [retry] };
        simulator.controls.traffic.sendStanza(own.phoneNumber, receipt);
      };
      for (const [index, [attrs, count, answered]] of requests.entries()) {
        ask(attrs, count);
        const answer = await eventually(() => recorded.stanzas[index + 1] ?? assert.fail(), {
          what: JSON.stringify(attrs),
        });
        assert.equal(inShort(answer, names), 'only anna@lid · pkmsg');
        assert.equal(childOf(answer, 'enc')?.attrs['count'], answered, count);
      }
      // The eleventh, written in yet another way, gets nothing; a hosted device takes no statuses.
      ask({ from: 'status@broadcast', participant: `${user}.2:0@lid` }, '1');
      ask({ from: 'status@broadcast', participant: `${user}:99@hosted.lid` }, '1');
      const ben = contact('ben');
      const later = gateway.gateway.newMessageId(null);
      await simulator.ask('POST', `/admin/contacts/${ben.phoneNumber}/fail-decryption`, { times: 1 });
      await postTo([byNumber(ben)], later);
      await eventually(() => assert.equal(recorded.stanzas.length, 2), {
        what: 'the answer to the one who asked last',
      });
      assert.match(inShort(recorded.stanzas[1] ?? assert.fail(), names), /^only ben@lid/);
    });
  });

  describe('of an account without a LID', () => {
    before(() => link(false));
    after(unlink);

    it('names people by the numbers that WhatsApp knows, and says who has none', async () => {
      const benin = contact('benin', { phoneNumber: '22961234567', lid: false });
      const written = [
        { phoneNumber: '2290161234567', lid: null },
        { phoneNumber: '4915199999999', lid: null },
      ];
      const { recipients } = await postTo(written);
      assert.deepEqual(
        recipients.map(({ outcome }) => outcome),
        ['included', 'not_on_whatsapp'],
      );
      assert.match(inShort(recorded.stanzas[0] ?? assert.fail(), names), /, benin@number with key · skmsg$/);
      await simulator.drain();
      assert.equal(simulator.statuses(benin.phoneNumber).length, 1);
    });

    it('gives the key to a device of which WhatsApp tells under the LID of its person', async () => {
      const anna = contact('anna');
      await post(anna);
      simulator.controls.devices.setCount(anna.phoneNumber, 2, { silently: true });
      const jid = `${anna.lid ?? ''}@lid`;
      const device = { tag: 'device', attrs: { jid: `${anna.lid ?? ''}:1@lid`, 'key-index': '1' } };
      const content = [{ tag: 'add', attrs: { device_hash: '2:x' }, content: [device] }];
      const attrs = { from: jid, type: 'devices', id: 'NEWS', t: '1777000000' };
      simulator.controls.traffic.sendStanza(own.phoneNumber, { tag: 'notification', attrs, content }, true);
      await eventually(async () => assert.equal(await countOutdated(anna), 1), { what: 'the news of a device' });
      await post(anna);
      assert.match(inShort(recorded.stanzas[0] ?? assert.fail(), names), /, anna:1@number with key · skmsg$/);
    });

    for (const form of ladderOf({ lid: null })) {
      it(`in the form ${form}`, () => everySituation(form));
    }

    it('a device that asks for a post again gets it alone, under its number', async () => {
      await gateway.db('account_forms').delete();
      assert.match(inShort(await askedAgain(), names), /^only anna(:1)?@number · pkmsg$/);
      row('numbers', 'a device of anna could not open it', 1);
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
      const written = lines.filter((line) => /^\| (LID|number) \| `[a-z_]+` \|/.test(line));
      assert.deepEqual(written, rows);
      for (const [form, { why }] of Object.entries(addressForms))
        assert.ok(text.includes(`\`${form}\``) && text.includes(why));
      for (const [code, remedy] of Object.entries(remedies))
        assert.ok(lines.some((line) => line.startsWith(`| ${code} | \`${remedy}\``)));
    });
  });
});

import assert from 'node:assert/strict';
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
const week = 7 * 24 * 60 * 60 * 1000;

describe('a device that could not open a status', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let gateway: TestGateway;
  let live: TestConnection;
  let own: string;
  let recorded: ReturnType<typeof recordStanzas>;
  const names = new Map<string, string>();
  before(async () => {
    recorded = recordStanzas();
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator);
    ({ live, phoneNumber: own } = await gateway.link(simulator));
  });
  after(async () => {
    recorded.stop();
    await gateway.stop();
    await simulator.stop();
  });
  beforeEach(() => {
    recorded.stanzas.length = 0;
    live.allowRetry = () => Promise.resolve(true);
  });

  function contact(name: string): ContactView {
    const [made = assert.fail()] = simulator.addContacts(1);
    names.set(made.lid ?? '', name);
    return made;
  }
  const post = async (...people: ContactView[]): Promise<string> => {
    const messageId = gateway.gateway.newMessageId(null);
    const recipients = people.map(({ phoneNumber }): PersonAddress => ({ phoneNumber, lid: null }));
    const outcome: PublishOutcome = await live.connection.publishStatus({ messageId, content, recipients });
    assert.equal(outcome.result, 'acknowledged');
    return messageId;
  };
  function ask({ lid }: ContactView, id: string): void {
    const retry = { tag: 'retry', attrs: { count: '1', id, t: '1', v: '1' } };
    const attrs = { id, from: 'status@broadcast', participant: `${lid ?? ''}@lid`, type: 'retry', t: '1' };
    simulator.controls.traffic.sendStanza(own, { tag: 'receipt', attrs, content: [retry] }, true);
  }
  /** Asks, and waits until that is acknowledged: then everything about it is done. */
  async function askAndWait(person: ContactView, id: string): Promise<void> {
    ask(person, id);
    await eventually(() => assert.equal(unacknowledged(), 0), { what: 'the acknowledgement' });
  }
  const unacknowledged = () => simulator.controls.linking.account(own).devices[0]?.unacknowledged;
  const lastPost = (): string => inShort(recorded.stanzas.at(-1) ?? assert.fail(), names);
  const known = (person: ContactView): Promise<{ key_id: number; key_holders: string } | undefined> =>
    gateway.db('recipient_devices').where({ user_id: person.lid }).first('key_id', 'key_holders');

  it('gets nothing when its person may not have it, and the next one does', async () => {
    const [anna, ben] = [contact('anna'), contact('ben')];
    for (const { phoneNumber } of [anna, ben]) {
      await simulator.ask('POST', `/admin/contacts/${phoneNumber}/fail-decryption`, { times: 1 });
    }
    live.allowRetry = ({ person }) => Promise.resolve(person.lid !== anna.lid);
    await post(anna, ben);
    await eventually(() => assert.equal(simulator.statuses(ben.phoneNumber).length, 1), { what: 'the answer to ben' });
    await eventually(() => assert.equal(live.retries.length, 2), { what: 'both requests' });
    await askAndWait(ben, 'something else');
    assert.deepEqual(
      recorded.stanzas.slice(1).map((stanza) => inShort(stanza, names)),
      ['only ben@lid · pkmsg'],
    );
    assert.deepEqual(simulator.statuses(anna.phoneNumber), []);
  });

  it('is not given the key again with the next post, when the answer gave it', async () => {
    const anna = contact('anna');
    const id = await post(anna);
    await gateway.db('recipient_devices').where({ user_id: anna.lid }).update({ key_holders: '' });
    await askAndWait(anna, id);
    assert.equal((await known(anna))?.key_holders, '0');
    await post(anna);
    assert.match(lastPost(), /anna@lid ·/);
  });

  it('does not count among those who hold the key when WhatsApp did not take the answer', async () => {
    const anna = contact('anna');
    const id = await post(anna);
    await gateway.db('recipient_devices').where({ user_id: anna.lid }).update({ key_holders: '' });
    simulator.controls.faults.add({ on: 'message', error: '463', times: 1 });
    await askAndWait(anna, id);
    assert.equal(recorded.stanzas.length, 2);
    assert.equal((await known(anna))?.key_holders, '');
  });

  it('is not asked for keys of which WhatsApp has none, and gets nothing', async () => {
    const anna = contact('anna');
    const id = await post(anna);
    simulator.controls.faults.add({ on: 'prekeys', user: anna.lid ?? '', code: 404, text: 'item-not-found', times: 1 });
    await askAndWait(anna, id);
    assert.equal(recorded.stanzas.length, 1);
  });

  it('has WhatsApp not asked for its keys while these are refused, as a post found out', async () => {
    const [anna, ben] = [contact('anna'), contact('ben')];
    const refusal = { on: 'prekeys', user: anna.lid ?? '', code: 406, text: 'not-acceptable' } as const;
    simulator.controls.faults.add({ ...refusal, times: 1 });
    const id = await post(anna, ben);
    const questions: string[] = [];
    const stop = simulator.controls.traffic.watchStanzas((way, { attrs }) => {
      if (way === 'received' && attrs['xmlns'] === 'encrypt') questions.push(attrs['xmlns']);
    });
    await askAndWait(anna, id);
    assert.deepEqual([questions.length, recorded.stanzas.length], [0, 1]);
    await askAndWait(ben, id);
    assert.deepEqual([questions.length, recorded.stanzas.length], [1, 2], 'the others are answered');
    // Six hours later.
    await gateway.db('recipient_devices').where({ user_id: anna.lid }).update({ refused_until: 1 });
    await askAndWait(anna, id);
    assert.deepEqual([questions.length, recorded.stanzas.length], [2, 3]);
    stop();
  });

  it('is answered under the keys that it brings along, for which WhatsApp is not asked', async () => {
    const anna = contact('anna');
    await simulator.ask('POST', `/admin/contacts/${anna.phoneNumber}/fail-decryption`, { times: 2 });
    const asked: string[] = [];
    const stop = simulator.controls.traffic.watchStanzas((way, { tag, attrs }) => {
      if (way === 'received' && (attrs['xmlns'] === 'encrypt' || tag === 'message')) asked.push(attrs['xmlns'] ?? tag);
    });
    await post(anna);
    await eventually(() => assert.equal(simulator.statuses(anna.phoneNumber).length, 1), { what: 'the second answer' });
    stop();
    assert.deepEqual(asked, ['encrypt', 'message', 'encrypt', 'message', 'message']);
    assert.deepEqual(
      live.retries.slice(-2).map(({ attempt }) => attempt),
      [1, 2],
    );
  });

  it('gets the next one, too, when it brought keys of its own while those at WhatsApp are refused', async () => {
    const anna = contact('anna');
    await simulator.ask('POST', `/admin/contacts/${anna.phoneNumber}/fail-decryption`, { times: 2 });
    const refused = () => gateway.db('recipient_devices').where({ user_id: anna.lid });
    live.allowRetry = async ({ attempt }) => {
      if (attempt === 2) await refused().update({ refused: '0', refused_until: Date.now() + 3_600_000 });
      return true;
    };
    await post(anna);
    await eventually(() => assert.equal(simulator.statuses(anna.phoneNumber).length, 1), { what: 'the second answer' });
    await eventually(async () => assert.deepEqual(await refused().pluck('refused'), ['']), { what: 'its record' });
    await post(anna);
    assert.match(lastPost(), /anna@lid ·/);
  });

  it('counts by its number where its person has no other name', async () => {
    const anna = contact('anna');
    const [nina = assert.fail()] = simulator.addContacts({ contacts: [{ lid: false }] });
    const id = await post(anna);
    const retry = { tag: 'retry', attrs: { count: '1', id, t: '1', v: '1' } };
    const participant = `${nina.phoneNumber}@s.whatsapp.net`;
    const attrs = { id, from: 'status@broadcast', participant, type: 'retry', t: '1' };
    simulator.controls.traffic.sendStanza(own, { tag: 'receipt', attrs, content: [retry] }, true);
    await eventually(() => assert.equal(unacknowledged(), 0), { what: 'the acknowledgement' });
    const rows: unknown[] = await gateway.db('recipient_devices').where({ user_id: nina.phoneNumber }).pluck('server');
    assert.deepEqual(rows, ['s.whatsapp.net']);
    const before = (await known(anna))?.key_id;
    await post(anna);
    assert.notEqual((await known(anna))?.key_id, before, 'nina could read a post that is not for her');
  });

  it('counts among those who hold the key, though nothing was known of its person', async () => {
    const [anna, ben] = [contact('anna'), contact('ben')];
    const id = await post(anna);
    const before = await known(anna);
    await askAndWait(ben, id);
    assert.deepEqual(await known(ben), before);
    await post(anna);
    assert.notEqual((await known(anna))?.key_id, before?.key_id, 'ben could read a post that is not for him');
  });

  it('gets an old one under its former key, and its person still counts among those who hold the present one', async () => {
    const [anna, ben] = [contact('anna'), contact('ben')];
    const id = await post(anna, ben);
    await post(ben);
    const present = await known(ben);
    assert.notDeepEqual(await known(anna), present);
    await askAndWait(ben, id);
    assert.deepEqual(await known(ben), present);
    await post(anna);
    assert.notEqual((await known(anna))?.key_id, present?.key_id, 'ben could read a post that is not for him');
  });

  it('is asked about again after seven days, and not before', async () => {
    const anna = contact('anna');
    await post(anna);
    const questions: string[] = [];
    const stop = simulator.controls.traffic.watchStanzas((way, { attrs }) => {
      if (way === 'received' && attrs['xmlns'] === 'usync') questions.push(attrs['xmlns']);
    });
    for (const [ageMs, expected] of [
      [week - 60_000, 0],
      [week + 60_000, 1],
    ] as const) {
      await gateway
        .db('recipient_devices')
        .where({ user_id: anna.lid })
        .update({ listed_at: Date.now() - ageMs });
      await post(anna);
      assert.equal(questions.length, expected);
    }
    await post(anna);
    assert.equal(questions.length, 1, 'the answer is good for a week');
    stop();
  });

  it('gets none at all while its phone has not signed it', async () => {
    const anna = contact('anna');
    simulator.controls.devices.setCount(anna.phoneNumber, 2);
    simulator.controls.devices.setCount(anna.phoneNumber, 4, { unsigned: true });
    live.allowRetry = () => Promise.resolve(false);
    await post(anna);
    assert.match(lastPost(), /anna@lid with key, anna:1@lid with key · skmsg$/);
  });
});

import assert from 'node:assert/strict';
import type { PersonAddress, PublishOutcome, StatusContent } from '../../server/whatsapp/gateway.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestConnection, type TestGateway } from './open-gateway.js';

const content: StatusContent = {
  type: 'text',
  text: 'Fresh bread at 7 🥖',
  backgroundColor: '#1F6F5C',
  textColor: '#FFFFFF',
  font: 7,
};
const byNumber = (phoneNumber: string): PersonAddress => ({ phoneNumber, lid: null });

describe('posting a status through the gateway', () => {
  let simulator: TestSimulator;
  let gateway: TestGateway;
  let live: TestConnection;
  let own: string;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator, { ackMs: 1_500, queryMs: 1_500 });
    const linked = await gateway.link(simulator);
    ({ live } = linked);
    own = linked.phoneNumber;
  });
  afterEach(async () => {
    await gateway.stop();
    await simulator.stop();
  });

  let messages = 0;
  function post(
    recipients: PersonAddress[],
    messageId = `3EB0${String((messages += 1)).padStart(18, '0')}`,
  ): Promise<PublishOutcome> {
    return live.connection.publishStatus({ messageId, content, recipients });
  }
  const outcomes = (outcome: PublishOutcome): string[] => outcome.recipients.map((recipient) => recipient.outcome);

  it('reaches contacts and the own phone, decrypted as it was written, and nothing is refused', async () => {
    const [anna, ben] = simulator.addContacts(2);
    assert.ok(anna && ben);
    const messageId = gateway.gateway.newMessageId(null);
    assert.match(messageId, /^3EB0[0-9A-F]{18}$/);
    const outcome = await post([byNumber(anna.phoneNumber), { phoneNumber: null, lid: ben.lid }], messageId);
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(outcomes(outcome), ['included', 'included']);
    await simulator.drain();
    for (const person of [anna.phoneNumber, ben.phoneNumber, own]) {
      const [status, ...more] = simulator.statuses(person);
      assert.deepEqual(more, []);
      assert.ok(status, person);
      assert.equal(status.id, messageId);
      assert.equal(status.text, content.text);
      assert.equal(status.backgroundArgb, 0xff1f6f5c);
      assert.equal(status.textArgb, 0xffffffff);
      assert.equal(status.font, 7);
      assert.equal(status.misaddressed, false);
      assert.deepEqual(status.warnings, []);
    }
    assert.deepEqual(simulator.refusedRules(), []);
    assert.deepEqual(live.pairs.find((pair) => pair.phoneNumber === anna.phoneNumber)?.lid, anna.lid);
  });

  it('reaches every device of a contact, and both posts of two in a row', async () => {
    const [anna] = simulator.addContacts({ contacts: [{ devices: 3 }] });
    assert.ok(anna);
    assert.equal((await post([byNumber(anna.phoneNumber)])).result, 'acknowledged');
    assert.equal((await post([byNumber(anna.phoneNumber)])).result, 'acknowledged');
    await simulator.drain();
    const statuses = simulator.statuses(anna.phoneNumber);
    assert.deepEqual(
      statuses.map((status) => status.copies),
      [3, 3],
    );
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('to nobody but oneself goes to the own phone', async () => {
    assert.equal((await post([])).result, 'acknowledged');
    await simulator.drain();
    assert.equal(simulator.statuses(own).length, 1);
  });

  it('leaves out numbers that WhatsApp does not know, and says so', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const outcome = await post([byNumber('4915199999999'), byNumber(anna.phoneNumber)]);
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(outcomes(outcome), ['not_on_whatsapp', 'included']);
  });

  it('is not sent when nobody who was asked for can be reached', async () => {
    const outcome = await post([byNumber('4915199999999')]);
    assert.equal(outcome.result, 'not_sent');
    assert.deepEqual(outcomes(outcome), ['not_on_whatsapp']);
    assert.deepEqual(simulator.statuses(own), []);
  });

  it('goes to the others when the keys of one contact are refused', async () => {
    const [anna, ben, cleo] = simulator.addContacts(3);
    assert.ok(anna && ben && cleo);
    simulator.controls.faults.add({ on: 'prekeys', user: ben.lid ?? '', code: 406, text: 'not-acceptable' });
    const outcome = await post([anna, ben, cleo].map(({ phoneNumber }) => byNumber(phoneNumber)));
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(outcomes(outcome), ['included', 'key_error', 'included']);
    await simulator.drain();
    assert.equal(simulator.statuses(cleo.phoneNumber).length, 1);
    assert.equal(simulator.statuses(ben.phoneNumber).length, 0);
  });

  for (const [what, fault, outcomeOfBen] of [
    ['whose devices WhatsApp does not tell', { on: 'usync-user', protocol: 'devices' }, 'no_device'],
    ['whose LID WhatsApp does not tell', { on: 'usync-user', protocol: 'lid' }, 'no_lid'],
    ['about whom WhatsApp has no answer', { on: 'usync-user', protocol: 'contact' }, 'no_lid'],
    ['whose keys WhatsApp refuses', { on: 'prekeys' }, 'key_error'],
  ] as const) {
    it(`goes to the others when there is somebody ${what}, again and again`, async () => {
      const [anna, ben, cleo] = simulator.addContacts(3);
      assert.ok(anna && ben && cleo);
      simulator.controls.faults.add({ ...fault, user: ben.phoneNumber, code: 500, text: 'internal-server-error' });
      for (const time of [1, 2]) {
        const outcome = await post([anna, ben, cleo].map(({ phoneNumber }) => byNumber(phoneNumber)));
        assert.equal(outcome.result, 'acknowledged');
        assert.deepEqual(outcomes(outcome), ['included', outcomeOfBen, 'included']);
        await simulator.drain();
        const got: number[] = [anna, ben, cleo].map(({ phoneNumber }) => simulator.statuses(phoneNumber).length);
        assert.deepEqual(got, [time, 0, time]);
      }
    });
  }

  // Whose LIDs are known already is asked about for devices first, and otherwise for LIDs.
  for (const [what, query, isPaired] of [
    ['the LIDs', { xmlns: 'usync', child: 'usync' }, false],
    ['the devices', { xmlns: 'usync', child: 'usync' }, true],
    ['the keys', { xmlns: 'encrypt', child: 'key' }, true],
  ] as const) {
    it(`asks in halves when WhatsApp refuses a question about ${what} of many`, async () => {
      const contacts = simulator.addContacts(5);
      const people = contacts.map(({ phoneNumber, lid }) => ({ phoneNumber, lid: isPaired ? lid : null }));
      simulator.controls.faults.add({ on: 'query', ...query, code: 406, text: 'not-acceptable', times: 3 });
      const outcome = await post(people);
      assert.equal(outcome.result, 'acknowledged');
      assert.ok(outcomes(outcome).filter((one) => one === 'included').length >= 4, outcomes(outcome).join());
    });
  }

  it('is not sent, and asks no more, when WhatsApp says that too much is asked', async () => {
    const contacts = simulator.addContacts(5);
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', code: 429, text: 'rate-overlimit' });
    const outcome = await post(contacts.map(({ phoneNumber }) => byNumber(phoneNumber)));
    assert.ok(outcome.result === 'not_sent');
    assert.match(outcome.reason, /429/);
  });

  it('is rejected with the code of the server’s ack', async () => {
    const [anna] = simulator.addContacts(1);
    simulator.controls.faults.add({ on: 'message', error: '463', times: 1 });
    const outcome = await post([byNumber(anna?.phoneNumber ?? '')]);
    assert.ok(outcome.result === 'rejected');
    assert.equal(outcome.code, '463');
  });

  it('is unconfirmed when no ack comes, even when a receipt with its id does', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    simulator.controls.faults.add({ on: 'message', dropAck: true, times: 1 });
    const outcome = await post([byNumber(anna.phoneNumber)]);
    assert.equal(outcome.result, 'unconfirmed');
    assert.equal(live.receipts.length > 0, true);
  });

  it('is not sent when WhatsApp does not say which devices there are', async () => {
    const [anna] = simulator.addContacts(1);
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', unanswered: true });
    const outcome = await post([byNumber(anna?.phoneNumber ?? '')]);
    assert.equal(outcome.result, 'not_sent');
    assert.deepEqual(simulator.statuses(own), []);
  });

  it('asks WhatsApp for nothing and gives nobody the key again when it is repeated', async () => {
    const [anna, ben] = simulator.addContacts(2);
    assert.ok(anna && ben);
    const both = [byNumber(anna.phoneNumber), byNumber(ben.phoneNumber)];
    assert.equal((await post(both)).result, 'acknowledged');
    for (const xmlns of ['usync', 'encrypt']) simulator.controls.faults.add({ on: 'query', xmlns, unanswered: true });
    const sessionsOfContacts = (): Promise<{ id: string; value: string }[]> =>
      gateway
        .db('auth_keys')
        .where({ kind: 'session' })
        .whereIn('id', [`${anna.lid ?? ''}_1.0`, `${ben.lid ?? ''}_1.0`])
        .orderBy('id')
        .select('id', 'value');
    const sessions = await sessionsOfContacts();
    assert.equal(sessions.length, 2);
    assert.equal((await post(both)).result, 'acknowledged');
    await simulator.drain();
    assert.equal(simulator.statuses(anna.phoneNumber).length, 2);
    assert.deepEqual(await sessionsOfContacts(), sessions);
  });

  it('has a new key once somebody who held it is left out', async () => {
    const [anna, ben] = simulator.addContacts(2);
    assert.ok(anna && ben);
    const keyIds = async (): Promise<number[]> => gateway.db('recipient_devices').distinct('key_id').pluck('key_id');
    await post([byNumber(anna.phoneNumber), byNumber(ben.phoneNumber)]);
    const before = await keyIds();
    await post([byNumber(anna.phoneNumber)]);
    await simulator.drain();
    assert.equal(simulator.statuses(anna.phoneNumber).length, 2);
    assert.equal(before.length, 1);
    assert.equal((await keyIds()).length, 2);
  });

  it('goes on in smaller parts when WhatsApp says that it is too much', async () => {
    const contacts = simulator.addContacts(4);
    simulator.controls.faults.add({ on: 'message', error: '429', times: 1 });
    const chunks: number[] = [];
    const messageId = gateway.gateway.newMessageId(null);
    const outcome = await live.connection.publishStatus({
      messageId,
      content,
      recipients: contacts.map(({ phoneNumber }) => byNumber(phoneNumber)),
      onChunk: ({ recipients }) => Promise.resolve(void chunks.push(recipients.length)),
    });
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(chunks, [3, 1]);
    await simulator.drain();
    for (const { phoneNumber } of contacts) {
      assert.deepEqual(
        simulator.statuses(phoneNumber).map(({ id }) => id),
        [messageId],
      );
    }
  });

  it('opens on a device that could not read it, and no private message leaves', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const planned = await fetch(`${simulator.control}/admin/contacts/${anna.phoneNumber}/fail-decryption`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ times: 1 }),
    });
    assert.ok(planned.ok);
    assert.equal((await post([byNumber(anna.phoneNumber)])).result, 'acknowledged');
    await eventually(() => simulator.statuses(anna.phoneNumber).length === 1, { what: 'the status to open' });
    assert.equal(simulator.statuses(anna.phoneNumber)[0]?.misaddressed, false);
    assert.equal(live.retries.length, 1);
  });

  it('disappears for everybody who got it when it is taken back', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const revokedId = gateway.gateway.newMessageId(null);
    await post([byNumber(anna.phoneNumber)], revokedId);
    const outcome = await live.connection.revokeStatus({
      messageId: gateway.gateway.newMessageId(null),
      revokedId,
      recipients: [byNumber(anna.phoneNumber)],
    });
    assert.equal(outcome.result, 'acknowledged');
    await simulator.drain();
    for (const person of [anna.phoneNumber, own]) {
      assert.notEqual(simulator.statuses(person)[0]?.deletedAt ?? null, null);
    }
  });

  it('does not go to a device that asked for it again, once it was taken back', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    let answer = (): void => undefined;
    const takenBack = new Promise<boolean>((resolve) => (answer = () => resolve(true)));
    live.allowRetry = () => takenBack;
    await simulator.ask('POST', `/admin/contacts/${anna.phoneNumber}/fail-decryption`, { times: 1 });
    const [revokedId, messageId] = [gateway.gateway.newMessageId(null), gateway.gateway.newMessageId(null)];
    const recipients = [byNumber(anna.phoneNumber)];
    assert.equal((await post(recipients, revokedId)).result, 'acknowledged');
    await eventually(() => live.retries.length === 1, { what: 'the request' });
    assert.equal((await live.connection.revokeStatus({ messageId, revokedId, recipients })).result, 'acknowledged');
    answer();
    // The device asks for the revoke, too: without its key it could not open it, and then there was nothing to delete.
    await eventually(() => assert.ok(live.retries.length >= 3), { what: 'the revoke' });
    assert.deepEqual(
      live.retries.slice(0, 3).map(({ isRevoke }) => isRevoke),
      [false, true, true],
    );
    await simulator.drain();
    assert.deepEqual(simulator.statuses(anna.phoneNumber), []);
    assert.notEqual(simulator.statuses(own)[0]?.deletedAt ?? null, null);
  });

  it('looks lists up again after an ack with a participant hash, but not for every part and every post', async () => {
    simulator.controls.changeSettings({ ackPhash: 'always' });
    const people = simulator.addContacts(2).map(({ phoneNumber }) => byNumber(phoneNumber));
    const outdated = async (): Promise<number> =>
      (await gateway.db('recipient_devices').where({ listed_at: 0 })).length;
    const after: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      assert.equal((await post(people)).result, 'acknowledged');
      after.push(await outdated());
    }
    assert.deepEqual(after, [2, 2, 2, 2, 0, 0, 0]);
  });

  it('looks up the lists of a few parts of one post at most', async () => {
    await gateway.stop();
    gateway = await openTestGateway(simulator, { ackMs: 1_500, queryMs: 1_500 }, { chunkSize: 1 });
    ({ live } = await gateway.link(simulator));
    simulator.controls.changeSettings({ ackPhash: 'always' });
    const people = simulator.addContacts(5).map(({ phoneNumber }) => byNumber(phoneNumber));
    assert.equal((await post(people)).result, 'acknowledged');
    assert.equal((await gateway.db('recipient_devices').where({ listed_at: 0 })).length, 2);
  });

  it('is refused while the account is not connected', async () => {
    await live.connection.close();
    await assert.rejects(post([]), /not connected/);
  });

  it('has its receipts recorded before WhatsApp is told that we have them', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const unacknowledged = (): number => simulator.controls.linking.account(own).devices[0]?.unacknowledged ?? -1;
    let notRecorded = 0;
    live.recordReceipts = (receipts) => {
      notRecorded += receipts.length;
      return Promise.reject(new Error('the disk is full'));
    };
    const messageId = gateway.gateway.newMessageId(null);
    await post([byNumber(anna.phoneNumber)], messageId);
    simulator.view(anna.phoneNumber, messageId);
    await eventually(() => notRecorded >= 2, { what: 'two receipts' });
    await eventually(() => unacknowledged() === 2, { what: 'two stanzas without acknowledgement' });

    // The next connection gets them again, and tells WhatsApp once they are safe.
    await live.connection.close();
    live = gateway.open();
    await eventually(() => live.receipts.some(({ kind }) => kind === 'read'), { what: 'the view' });
    await eventually(() => unacknowledged() === 0, { what: 'the acknowledgements' });
    assert.deepEqual(new Set(live.receipts.map(({ person }) => person.lid)), new Set([anna.lid]));
  });
});

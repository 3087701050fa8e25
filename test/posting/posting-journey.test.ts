import assert from 'node:assert/strict';
import type { Success } from '../../server/contract/envelope.js';
import type { ConnectionStatus } from '../../server/contract/sessions.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from '../support/link-account.js';

describe('posting a status through the API', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let own: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    own = (await linkAccount(server, simulator)).phoneNumber;
  });

  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  function newContact(wanted: { devices?: number; onWhatsApp?: boolean } = {}): string {
    const [contact] = simulator.addContacts({ contacts: [wanted] });
    assert.ok(contact);
    return contact.phoneNumber;
  }

  async function send(body: object): Promise<Status> {
    return postAndWait(server, { type: 'text', ...body });
  }

  const untilSent = (id: string) =>
    eventually(
      async () => {
        const { data } = await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`);
        assert.equal(data.state, 'sent', JSON.stringify(data.error));
      },
      { timeoutMs: 20_000, what: 'the status to be sent' },
    );

  const onlyStatusOf = (phoneNumber: string, messageId: string) =>
    simulator.statuses(phoneNumber).filter((status) => status.id === messageId);

  it('arrives at the contact as it was posted: text, colours and font', async () => {
    const contact = newContact();
    const content = 'Grüße, 你好 — 50 % off 👩‍👩‍👧\nline two';
    const style = { backgroundColor: '#FFEEAA', textColor: '#102030', font: 'calistoga' };
    const status = await send({ content, targetNumbers: [contact], style });
    assert.equal(status.state, 'sent', JSON.stringify(status.error));
    await simulator.drain();

    const [received, ...more] = onlyStatusOf(contact, status.messageId);
    assert.ok(received);
    assert.deepEqual(more, []);
    assert.equal(received.text, content);
    assert.equal(received.author.phoneNumber, own);
    assert.equal((received.backgroundArgb ?? 0) >>> 0, 0xffffeeaa);
    assert.equal((received.textArgb ?? 0) >>> 0, 0xff102030);
    assert.equal(received.font, 8);
    assert.equal(received.copies, 1);
    assert.deepEqual(received.warnings, []);
    assert.deepEqual([status.counts.targeted, status.counts.included], [1, 1]);
  });

  it('shows on the own phone, also when nobody else is named', async () => {
    const status = await send({ content: 'only me' });
    assert.equal(status.state, 'sent', JSON.stringify(status.error));
    assert.equal(status.counts.targeted, 0);
    await simulator.drain();
    assert.equal(onlyStatusOf(own, status.messageId)[0]?.text, 'only me');
  });

  it('chooses a text colour that can be read when none is given', async () => {
    const status = await send({ content: 'bright', style: { backgroundColor: '#FFFFFF' } });
    await simulator.drain();
    assert.equal((onlyStatusOf(own, status.messageId)[0]?.textArgb ?? 0) >>> 0, 0xff1b1b1b);
  });

  it('takes the own number among the targets as what it gets anyway', async () => {
    const status = await send({ content: 'me and me', targetNumbers: own });
    assert.deepEqual([status.state, status.counts.targeted], ['sent', 0]);
  });

  it('says in words that WhatsApp refused it', async () => {
    const contact = newContact();
    simulator.controls.faults.add({ on: 'message', error: '463', onlyStatuses: true });
    try {
      const status = await send({ content: 'refused', targetNumbers: [contact] });
      assert.equal(status.state, 'failed');
      assert.equal(status.error?.code, '463');
      assert.match(status.error.message, /restricted this account/);
      assert.equal(status.counts.included, 0);
    } finally {
      simulator.controls.faults.clear();
      await callApi(server, 'POST', '/sessions/acc1/resume-posting');
    }
  });

  it('fails in words when none of those named can get it', async () => {
    const nobody = newContact({ onWhatsApp: false });
    const status = await send({ content: 'to nobody', targetNumbers: [nobody] });
    assert.equal(status.state, 'failed');
    assert.equal(status.error?.code, 'empty_audience');
    assert.match(status.error.message, /The one person this was meant for cannot get it/);
  });

  it('is a failure for whoever waited for it, also when asked again, and leads to the status', async () => {
    simulator.controls.faults.add({ on: 'message', error: '479', onlyStatuses: true });
    try {
      const outcomes = [
        { key: 'refused', targetNumbers: [newContact()], answer: [502, 'whatsapp_error', '479'] },
        {
          key: 'nobody',
          targetNumbers: [newContact({ onWhatsApp: false })],
          answer: [422, 'empty_audience', 'empty_audience'],
        },
      ];
      for (const { key, targetNumbers, answer } of outcomes) {
        const post = () =>
          server.request
            .post('/api/sessions/acc1/send-status')
            .set({ prefer: 'wait=30', 'idempotency-key': key })
            .send({ type: 'text', content: 'hi', targetNumbers });
        const { status: httpStatus, body, headers } = await post();
        const told: Status | undefined = body.details?.status;
        assert.deepEqual([httpStatus, body.code, told?.error?.code], answer, JSON.stringify(body));
        assert.deepEqual([body.success, body.error], [false, told?.error?.message]);
        assert.equal(headers['location'], `/api/sessions/acc1/statuses/${told?.id ?? ''}`);
        const again = await post();
        assert.deepEqual([again.status, again.body.details], [httpStatus, body.details]);
        const repost = await server.request
          .post(`/api/sessions/acc1/statuses/${told?.id ?? ''}/repost`)
          .set('prefer', 'wait=30');
        assert.deepEqual([repost.status, repost.body.code], answer.slice(0, 2));
        const retry = await server.request
          .post(`/api/sessions/acc1/statuses/${told?.id ?? ''}/retry`)
          .set('prefer', 'wait=30');
        assert.deepEqual(
          [retry.status, retry.body.code, retry.body.details?.status.id],
          [...answer.slice(0, 2), told?.id],
        );
        assert.equal(retry.headers['preference-applied'], 'wait=30');
      }
    } finally {
      simulator.controls.faults.clear();
      await callApi(server, 'POST', '/sessions/acc1/resume-posting');
    }
  });

  it('is a conflict for whoever waits when somebody cancels it, and says what it waits for until then', async () => {
    await callApi(server, 'POST', '/sessions/acc1/stop');
    const waiting = server.request
      .post('/api/sessions/acc1/send-status')
      .set('prefer', 'wait=30')
      .send({ type: 'text', content: 'never' })
      .then((answer) => answer);
    const { id } = await eventually(async () => {
      const { data } = await callApi<Success<Status[]>>(server, 'GET', '/sessions/acc1/statuses?state=queued');
      const [status] = data;
      assert.ok(status, 'it is not queued yet');
      assert.equal(status.waitingReason?.code, 'not_connected');
      return status;
    });
    await callApi(server, 'DELETE', `/sessions/acc1/statuses/${id}`);
    const { status, body } = await waiting;
    assert.deepEqual([status, body.code, body.details?.status.id], [409, 'conflict', id]);
    await callApi(server, 'POST', '/sessions/acc1/start');
    await waitUntilConnected(server, 'acc1');
  });

  it('goes to those who can get it when others cannot', async () => {
    const [contact, nobody] = [newContact({ devices: 2 }), newContact({ onWhatsApp: false })];
    const status = await send({ content: 'to some', targetNumbers: `${contact}, +${nobody}` });
    assert.equal(status.state, 'sent', JSON.stringify(status.error));
    assert.deepEqual([status.counts.targeted, status.counts.included], [2, 1]);
    await simulator.drain();
    assert.equal(onlyStatusOf(contact, status.messageId)[0]?.text, 'to some');
  });

  it('is listed and read with its state and counts', async () => {
    const status = await send({ content: 'listed' });
    const list = await callApi<{ data: Status[]; meta: { total: number } }>(server, 'GET', '/sessions/acc1/statuses');
    assert.equal(list.data[0]?.id, status.id);
    assert.ok(list.meta.total >= 1);
    const everywhere = await callApi<{ data: Status[] }>(server, 'GET', '/statuses?limit=1&state=sent');
    assert.deepEqual(
      everywhere.data.map((one) => one.id),
      [status.id],
    );
    const one = await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${status.id}`);
    assert.deepEqual(one.data, list.data[0]);
  });

  it('waits while the account is away and goes out when it is back', async () => {
    const contact = newContact();
    simulator.controls.faults.outage({ upgradeStatus: 503, existing: 'reset' });
    await eventually(
      async () => {
        const { data } = await callApi<Success<ConnectionStatus>>(server, 'GET', '/sessions/acc1/connection-status');
        return !data.connected;
      },
      { timeoutMs: 10_000, what: 'the connection to be lost' },
    );
    const options = { body: { type: 'text', content: 'soon', targetNumbers: [contact] }, expected: 202 };
    const { data } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
    assert.deepEqual([data.state, data.waitingReason?.code], ['queued', 'not_connected']);
    simulator.controls.faults.outage({ upgradeStatus: null });
    await untilSent(data.id);
    await simulator.drain();
    assert.deepEqual(
      onlyStatusOf(contact, data.messageId).map(({ copies }) => copies),
      [1],
    );
  });

  it('stays one status when the connection ends before its acknowledgement', async () => {
    const contact = newContact();
    simulator.controls.faults.add({ on: 'message', dropAck: true, onlyStatuses: true, times: 1 });
    const options = { body: { type: 'text', content: 'again', targetNumbers: [contact] }, expected: 202 };
    const { data } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
    await eventually(() => onlyStatusOf(contact, data.messageId).length === 1, { what: 'the status to arrive' });
    simulator.controls.faults.disconnect(own, { kind: 'reset' });
    await untilSent(data.id);
    await simulator.drain();
    assert.deepEqual(
      onlyStatusOf(contact, data.messageId).map(({ text }) => text),
      ['again'],
    );
  });

  it('refuses nothing on the wire but what a device has already', () => {
    const rules = simulator.refusedRules();
    assert.deepEqual(
      rules.filter((rule) => rule !== 'contact:duplicate'),
      [],
    );
  });
});

describe('a status for an account that is not connected', function () {
  this.timeout(60_000);

  it('waits in its queue, also over a restart of the server, and goes out when the account is back', async () => {
    const simulator = await startTestSimulator();
    const first = await startTestServer({ simulator });
    const { dataDir } = first;
    try {
      await linkAccount(first, simulator);
      await first.stop({ keepData: true });
      const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';

      // Nothing listens where this one looks for WhatsApp.
      const offline = await startTestServer({ dataDir });
      const body = { type: 'text', content: 'later', targetNumbers: [contact] };
      const options = { body, expected: 202 };
      const { data } = await callApi<Success<Status>>(offline, 'POST', '/sessions/acc1/send-status', options);
      assert.equal(data.state, 'queued');
      await offline.stop({ keepData: true });
      assert.deepEqual(simulator.statuses(contact), []);

      const back = await startTestServer({ simulator, dataDir });
      try {
        await waitUntilConnected(back, 'acc1');
        await eventually(
          async () => {
            const path = `/sessions/acc1/statuses/${data.id}`;
            return (await callApi<Success<Status>>(back, 'GET', path)).data.state === 'sent';
          },
          { timeoutMs: 15_000, what: 'the status to be sent' },
        );
        await simulator.drain();
        assert.deepEqual(
          simulator.statuses(contact).map(({ id, text, copies }) => ({ id, text, copies })),
          [{ id: data.messageId, text: 'later', copies: 1 }],
        );
      } finally {
        await back.stop({ keepData: true });
      }
    } finally {
      await first.stop();
      await simulator.stop();
    }
  });
});

describe('a status from yesterday', function () {
  this.timeout(60_000);

  it('is shown as expired by a server that was away when its day ended', async () => {
    const simulator = await startTestSimulator();
    const first = await startTestServer({ simulator });
    const { dataDir } = first;
    try {
      await linkAccount(first, simulator);
      const options = { body: { type: 'text', content: 'old' }, expected: 202, headers: { prefer: 'wait=30' } };
      const { data } = await callApi<Success<Status>>(first, 'POST', '/sessions/acc1/send-status', options);
      assert.equal(data.state, 'sent');
      await first.stop({ keepData: true });

      const clock = { now: () => new Date(Date.now() + 25 * 3_600_000) };
      const later = await startTestServer({ dataDir, replace: { clock } });
      try {
        const read = await callApi<Success<Status>>(later, 'GET', `/sessions/acc1/statuses/${data.id}`);
        assert.equal(read.data.state, 'expired');
        const list = await callApi<{ data: Status[] }>(later, 'GET', '/sessions/acc1/statuses');
        assert.deepEqual(list.data, []);
      } finally {
        await later.stop({ keepData: true });
      }
    } finally {
      await first.stop();
      await simulator.stop();
    }
  });
});

import assert from 'node:assert/strict';
import type { PageMeta, Success } from '../../server/contract/envelope.js';
import type { AppEvent } from '../../server/contract/events.js';
import { type OptOutRule, type Reply, replySchema, type UnreadReplies } from '../../server/contract/inbox/replies.js';
import type { Status } from '../../server/contract/statuses.js';
import type { Viewer } from '../../server/contract/viewers.js';
import { EventBus } from '../../server/events/event-bus.js';
import { createLogger } from '../../server/lib/logger.js';
import { eventually } from '../support/eventually.js';
import { callApi, linkAccount, postAndWait } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('replies to a status, from the contact to the inbox', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  const told: AppEvent[] = [];

  before(async () => {
    simulator = await startTestSimulator();
    const bus = new EventBus(createLogger({ logLevel: 'silent' }));
    bus.subscribe((event) => told.push(event));
    server = await startTestServer({ simulator, replace: { bus } });
    await linkAccount(server, simulator);
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  async function postTo(people: { phoneNumber: string }[]): Promise<Status> {
    const targetNumbers = people.map(({ phoneNumber }) => phoneNumber);
    return postAndWait(server, { type: 'text', content: 'Fresh bread', targetNumbers });
  }
  const inbox = (query = '') =>
    callApi<{ data: Reply[]; meta: PageMeta }>(server, 'GET', `/sessions/acc1/replies${query}`);
  const unread = async () => (await callApi<Success<UnreadReplies>>(server, 'GET', '/replies/unread')).data;
  const call = <T = unknown>(method: string, path: string, body?: unknown, expected = 200) =>
    callApi<Success<T>>(server, method, path, { ...(body === undefined ? {} : { body }), expected });
  async function comes(text: string): Promise<Reply> {
    return eventually(async () => {
      const found = (await inbox()).data.find((reply) => reply.text === text);
      assert.ok(found);
      return found;
    });
  }
  const toldOf = (name: AppEvent['name']) => told.filter((event) => event.name === name);

  it('come into the inbox, and who wrote them is a viewer who replied', async () => {
    const [anna, berta] = simulator.addContacts({ contacts: [{ name: 'Anna Å' }, { name: 'Berta' }] });
    assert.ok(anna && berta);
    const status = await postTo([anna, berta]);
    simulator.reply(anna.phoneNumber, status.messageId, 'Is there ANY left?');
    const reply = await comes('Is there ANY left?');
    assert.deepEqual(
      [reply.person.number, reply.person.name, reply.status.id, reply.status.content, reply.kind, reply.file],
      [anna.phoneNumber, 'Anna Å', status.id, 'Fresh bread', 'text', null],
    );
    const { data } = await call<Viewer[]>('GET', `/sessions/acc1/statuses/${status.id}/viewers?only=replied`);
    assert.deepEqual(
      data.map(({ number, replied }) => [number, replied]),
      [[anna.phoneNumber, true]],
    );
    const { counts } = (await call<Status>('GET', `/sessions/acc1/statuses/${status.id}`)).data;
    assert.deepEqual([counts.replied, counts.viewed], [1, 1]);
    assert.deepEqual(
      toldOf('reply-received').map(({ payload }) => payload),
      [reply],
    );

    simulator.reply(berta.phoneNumber, status.messageId, 'Good morning');
    await comes('Good morning');
    const first = await inbox('?limit=1');
    assert.deepEqual([first.data[0]?.text, first.meta.total], ['Good morning', 2]);
    const second = await inbox(`?limit=1&cursor=${first.meta.nextCursor ?? ''}`);
    assert.deepEqual([second.data[0]?.id, second.meta.nextCursor], [reply.id, null]);
    for (const query of [
      'search=any%20left',
      `personId=${reply.person.personId}`,
      `search=${anna.phoneNumber.slice(-6)}`,
    ])
      assert.deepEqual(
        (await inbox(`?${query}`)).data.map(({ id }) => id),
        [reply.id],
        query,
      );
    assert.equal((await inbox('?kind=image')).meta.total, 0);
    assert.equal((await inbox(`?statusId=${status.id}&kind=text`)).meta.total, 2);
  });

  it('come with their file, which is served as it was sent, and say why where there is none', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const status = await postTo([anna]);
    const answers = async (bytes: Buffer) => {
      const file = { kind: 'voice' as const, base64: bytes.toString('base64') };
      await simulator.controls.replies.reply(anna.phoneNumber, { statusId: status.messageId, file });
    };
    const settled = async (reason: string | null, state: string): Promise<Reply> =>
      eventually(async () => {
        const [reply] = (await inbox('?kind=voice')).data;
        assert.deepEqual([reply?.file?.state, reply?.file?.reason], [state, reason]);
        return reply ?? assert.fail();
      });
    const bytes = Buffer.alloc(100_001, 'voice');
    await answers(bytes);
    const kept = await settled(null, 'kept');
    const response = await fetch(`${server.url}${kept.file?.url ?? ''}`, { headers: { 'x-api-key': server.apiKey } });
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'audio/ogg']);
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
    assert.ok(toldOf('replies-updated').some(({ payload }) => 'replyId' in payload && payload.replyId === kept.id));
    await simulator.ask('POST', '/admin/media/faults', { on: 'download', status: 404, times: 1 });
    await answers(bytes);
    const gone = await settled('gone', 'missing');
    await call('POST', `/sessions/acc1/replies/${gone.id}/file`, undefined, 409);
  });

  it('are marked as read and unread, one and all until a moment, and others hear of it', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const status = await postTo([anna]);
    await call('POST', '/replies/read', {});
    for (const text of ['First', 'Second']) {
      simulator.reply(anna.phoneNumber, status.messageId, text);
      await comes(text);
    }
    const [first, second] = [await comes('First'), await comes('Second')];
    assert.deepEqual(await unread(), { unread: 2, sessions: [{ sessionId: 'acc1', unread: 2 }] });
    const path = `/sessions/acc1/replies/${first.id}`;
    assert.ok((await call<Reply>('PATCH', path, { isRead: true })).data.readAt !== null);
    await call('PATCH', path, { isRead: true });
    assert.deepEqual(toldOf('replies-updated').at(-1)?.payload, { sessionId: 'acc1', replyId: first.id });
    const before = toldOf('replies-updated').length;
    assert.deepEqual(
      (await inbox('?unread=true')).data.map(({ text }) => text),
      ['Second'],
    );
    assert.equal((await call<Reply>('PATCH', path, { isRead: false })).data.readAt, null);
    const until = { until: first.receivedAt };
    const { data } = await call('POST', '/sessions/acc1/replies/read', until);
    assert.deepEqual(data, { changed: first.receivedAt === second.receivedAt ? 2 : 1 });
    assert.deepEqual((await call('POST', '/replies/read', {})).data, {
      changed: 2 - data.changed,
    });
    assert.deepEqual(await unread(), { unread: 0, sessions: [] });
    assert.ok(toldOf('replies-updated').length >= before + 2);
    assert.deepEqual((await inbox('?unread=true')).data, []);
  });

  it('are read, and deleted, one by one', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const status = await postTo([anna]);
    simulator.reply(anna.phoneNumber, status.messageId, 'Delete me');
    const reply = await comes('Delete me');
    const path = `/sessions/acc1/replies/${reply.id}`;
    assert.deepEqual((await call<Reply>('GET', path)).data, reply);
    const response = await fetch(`${server.url}/api${path}`, {
      method: 'DELETE',
      headers: { 'x-api-key': server.apiKey },
    });
    assert.equal(response.status, 204);
    for (const method of ['GET', 'DELETE']) await call(method, path, undefined, 404);
    await call('PATCH', path, { isRead: true }, 404);
    await call('GET', `${path}/file`, undefined, 404);
    assert.equal((await call<Status>('GET', `/sessions/acc1/statuses/${status.id}`)).data.counts.replied, 1);
  });

  it('are saved in a file, as the list has them, without formulas', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const status = await postTo([anna]);
    for (const text of ['=1+1', 'Second, "please"']) {
      simulator.reply(anna.phoneNumber, status.messageId, text);
      await comes(text);
    }
    const ask = (path: string) => fetch(`${server.url}/api${path}`, { headers: { 'x-api-key': server.apiKey } });
    const listed = (await inbox(`?statusId=${status.id}`)).data;
    const lines = await ask(`/sessions/acc1/replies?statusId=${status.id}&format=jsonl&limit=1`);
    assert.equal(lines.headers.get('content-disposition'), 'attachment; filename="replies.jsonl"');
    const parsed = (await lines.text()).trimEnd().split('\n');
    assert.deepEqual(
      parsed.map((line) => replySchema.parse(JSON.parse(line))),
      listed,
    );
    const rows = (await (await ask(`/replies?statusId=${status.id}&format=csv`)).text()).trimEnd().split('\n');
    const names =
      'replyId,sessionId,personId,number,lid,name,statusId,kind,text,fileState,fileName,fileUrl,sentAt,receivedAt,readAt,editedAt,takenBackAt,optedOut,answers';
    assert.equal(rows[0], `"${names.replaceAll(',', '","')}"`);
    const [second, first] = listed;
    assert.ok(
      rows[1]?.includes(`"${second?.id ?? ''}","acc1",`) && rows[1].includes('"text","Second, ""please"""'),
      rows[1],
    );
    assert.ok(rows[2]?.includes(`"${first?.id ?? ''}"`) && rows[2].includes(`"text","'=1+1"`), rows[2]);
    assert.ok(rows[2]?.endsWith('"false","0"'), rows[2]);
    assert.equal(rows.length, 3);
    for (const query of ['format=xlsx', 'format=csv&cursor=abc'])
      assert.equal((await ask(`/replies?${query}`)).status, 400);
  });

  it('that are a word of the rule opt their sender out, once somebody has switched it on', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const status = await postTo([anna]);
    const optOuts = async () => (await call<{ phoneNumber: string }[]>('GET', '/opt-outs')).data;
    const rule = (await call<OptOutRule>('GET', '/replies/opt-out-rule')).data;
    assert.equal(rule.isOn, false);
    assert.ok(rule.words.includes('STOP'));
    simulator.reply(anna.phoneNumber, status.messageId, 'STOP');
    assert.equal((await comes('STOP')).optedOut, false);
    assert.deepEqual(await optOuts(), []);
    const changed = await call<OptOutRule>('PUT', '/replies/opt-out-rule', {
      isOn: true,
      words: ['Genug', 'GENUG!', 'arrêt'],
    });
    assert.deepEqual(changed.data, { isOn: true, words: ['Genug', 'arrêt'] });
    simulator.reply(anna.phoneNumber, status.messageId, 'Arret ...');
    assert.equal((await comes('Arret ...')).optedOut, true);
    const last = toldOf('reply-received').at(-1);
    assert.equal(last?.name === 'reply-received' && last.payload.optedOut, true);
    assert.deepEqual(
      (await optOuts()).map(({ phoneNumber }) => phoneNumber),
      [anna.phoneNumber],
    );
    await call('PUT', '/replies/opt-out-rule', { isOn: true, words: ['!!'] }, 400);
  });

  it('are in what is kept of a person, and in what a session stores', async () => {
    const [anna] = simulator.addContacts(1);
    assert.ok(anna);
    const status = await postTo([anna]);
    simulator.reply(anna.phoneNumber, status.messageId, 'About me');
    const reply = await comes('About me');
    const kept = await call<{ accounts: { replies: unknown[] }[] }>('GET', `/people/${anna.phoneNumber}/export`);
    assert.deepEqual(kept.data.accounts[0]?.replies, [
      {
        replyId: reply.id,
        statusId: status.id,
        kind: 'text',
        text: 'About me',
        filename: null,
        mimeType: null,
        hasFile: false,
        sentAt: reply.sentAt,
        receivedAt: reply.receivedAt,
        takenBackAt: null,
        answers: [],
      },
    ]);
    const storage = await call<{ database: { kinds: { replies: { rows: number } } } }[]>('GET', '/storage');
    assert.equal(storage.data[0]?.database.kinds.replies.rows, (await inbox()).meta.total);
  });
});

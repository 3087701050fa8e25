import assert from 'node:assert/strict';
import type { Answer, Reply } from '../../server/contract/inbox/replies.js';
import type { PageMeta, Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import type { AppEvent } from '../../server/contract/events.js';
import { EventBus } from '../../server/events/event-bus.js';
import { createLogger } from '../../server/lib/logger.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { childrenOf } from '../../simulator/wire/node.js';
import { eventually } from '../support/eventually.js';
import { callApi, linkAccount, postAndWait } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('answers to replies, from the inbox to the contact’s phone', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let own: string;
  const told: AppEvent[] = [];
  const seen: string[] = [];

  before(async () => {
    simulator = await startTestSimulator();
    simulator.controls.traffic.watchStanzas((way, { tag, attrs, content }) => {
      if (way !== 'received') return;
      if (tag === 'chatstate') seen.push(childrenOf({ tag, attrs, content } as never)[0]?.tag ?? '');
      if (tag === 'message') seen.push('message');
      if (tag === 'receipt' && attrs['type'] === 'read') seen.push(`read ${attrs['id'] ?? ''}`);
    });
    const bus = new EventBus(createLogger({ logLevel: 'silent' }));
    bus.subscribe((event) => told.push(event));
    server = await startTestServer({ simulator, replace: { bus } });
    own = (await linkAccount(server, simulator)).phoneNumber;
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const call = <T = unknown>(method: string, path: string, body?: unknown, expected = 200, key?: string) =>
    callApi<Success<T>>(server, method, path, {
      ...(body === undefined ? {} : { body }),
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
      expected,
    });
  const replies = async (query = '') =>
    (await callApi<{ data: Reply[]; meta: PageMeta }>(server, 'GET', `/sessions/acc1/replies${query}`)).data;
  const read = async (id: string) => (await call<Reply>('GET', `/sessions/acc1/replies/${id}`)).data;
  const answersOf = async (id: string) => (await read(id)).answers;
  const lettersOf = ({ phoneNumber }: { phoneNumber: string }) => simulator.controls.chats.messages(phoneNumber);
  const statesOf = (id: string) =>
    told.flatMap((event) => {
      if (event.name !== 'reply-answered' || event.payload.id !== id) return [];
      const { state, deliveredAt, readAt } = event.payload;
      return [readAt === null ? (deliveredAt === null ? state : 'delivered') : 'read'];
    });

  /** Somebody who answered a post, and what they wrote. */
  async function somebodyReplies(text: string, contact: object = {}): Promise<{ anna: ContactView; reply: Reply }> {
    const [anna = assert.fail()] = simulator.addContacts({ contacts: [contact] });
    const targetNumbers = [anna.phoneNumber];
    const status = await postAndWait(server, { type: 'text', content: 'Fresh bread', targetNumbers });
    simulator.reply(anna.phoneNumber, status.messageId, text);
    const reply = await eventually(async () => (await replies()).find((one) => one.text === text) ?? assert.fail());
    return { anna, reply };
  }
  const answer = async (reply: Reply, body: object, expected = 202, key?: string) =>
    (await call<Answer>('POST', `/sessions/acc1/replies/${reply.id}/answer`, body, expected, key)).data;
  const text = (content: string) => ({ type: 'text', content });

  it('reach the phone with what they answer, are sent, delivered and read, each once, and stand beside the reply', async () => {
    const { anna, reply } = await somebodyReplies('Any rye left?');
    const accepted = await answer(reply, text('Yes, until six.'));
    assert.deepEqual(
      [accepted.state, accepted.replyId, accepted.origin, accepted.text],
      ['queued', reply.id, 'api', 'Yes, until six.'],
    );
    const [letter = assert.fail()] = await eventually(() => {
      const found = lettersOf(anna);
      assert.equal(found.length, 1);
      return found;
    });
    assert.deepEqual([letter.text, letter.quotedText], ['Yes, until six.', 'Any rye left?']);
    await eventually(async () => assert.ok((await answersOf(reply.id))[0]?.deliveredAt));
    simulator.controls.chats.read(anna.phoneNumber, letter.id);
    await eventually(async () => assert.ok((await answersOf(reply.id))[0]?.readAt));
    const [shown] = (await replies()).find(({ id }) => id === reply.id)?.answers ?? [];
    assert.deepEqual([shown?.id, shown?.state, shown?.error], [accepted.id, 'sent', null]);
    assert.deepEqual(statesOf(accepted.id), ['queued', 'sending', 'sent', 'delivered', 'read']);
    const copies = lettersOf({ phoneNumber: own }).map((copy) => [copy.text, copy.sentTo]);
    assert.deepEqual(copies, [['Yes, until six.', `${String(anna.lid)}@lid`]], 'the own phone shows it too');
    assert.ok((await read(reply.id)).readAt, 'whoever answers has read it');
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('that are asked for twice with one key are one', async () => {
    const { anna, reply } = await somebodyReplies('Twice?');
    const first = await answer(reply, text('Once.'), 202, 'key-1');
    const second = await answer(reply, text('Once.'), 202, 'key-1');
    assert.equal(first.id, second.id);
    await eventually(() => assert.equal(lettersOf(anna).length, 1));
    assert.equal((await answersOf(reply.id)).length, 1);
  });

  it('mark the reply as read and show that somebody types, where the session says so, and neither where it does not', async () => {
    const { reply } = await somebodyReplies('Are you there?');
    seen.length = 0;
    await answer(reply, text('Yes'));
    await eventually(async () => assert.equal((await answersOf(reply.id))[0]?.state, 'sent'));
    assert.deepEqual(seen, ['message']);
    await call('PATCH', '/sessions/acc1', { presenceTyping: true, autoRead: true });
    const { anna, reply: next } = await somebodyReplies('Still there?');
    seen.length = 0;
    await answer(next, text('Still'));
    await eventually(async () => assert.equal((await answersOf(next.id))[0]?.state, 'sent'));
    await eventually(() => assert.equal(seen.length, 4));
    const [marked, ...rest] = seen;
    assert.match(marked ?? '', /^read 3A/);
    assert.deepEqual(rest, ['composing', 'message', 'paused']);
    assert.equal(lettersOf(anna).length, 1);
    await call('PATCH', '/sessions/acc1', { presenceTyping: false, autoRead: false });
  });

  it('written on the phone are seen where they quote the reply or the status, and nowhere else', async () => {
    const { anna, reply } = await somebodyReplies('Do you deliver?');
    const { id: replyMessage } = { id: lastFrom(anna) };
    simulator.controls.chats.write(own, anna.phoneNumber, { text: 'We do.', quoting: replyMessage });
    const status = (await call<{ messageId: string }>('GET', `/sessions/acc1/statuses/${reply.status.id}`)).data;
    simulator.controls.chats.write(own, anna.phoneNumber, { text: 'This one too.', aboutStatus: status.messageId });
    simulator.controls.chats.write(own, anna.phoneNumber, { text: 'By the way', quoting: 'UNKNOWN' });
    simulator.controls.chats.write(own, anna.phoneNumber, { text: 'Good night' });
    await eventually(async () => {
      const found = (await answersOf(reply.id)).map((one) => [one.origin, one.state, one.text]);
      assert.deepEqual(found, [
        ['phone', 'sent', 'We do.'],
        ['phone', 'sent', 'This one too.'],
      ]);
    });
    await eventually(() => assert.equal(simulator.controls.linking.account(own).devices[0]?.unacknowledged, 0));
    assert.equal((await answersOf(reply.id)).length, 2);
  });

  it('are refused in words: an unknown reply, nothing to say, a file that is not there', async () => {
    const { reply } = await somebodyReplies('Hm');
    const refused = async (path: string, body: object, status: number): Promise<string> =>
      (await callApi<Failure>(server, 'POST', `/sessions/acc1/replies/${path}/answer`, { body, expected: status }))
        .error;
    assert.match(await refused('01J9ZX8K2QHV0M3T6R7P4N5W8C', text('Hello'), 404), /The reply was not found/);
    assert.match(await refused(reply.id, text('   '), 400), /needs some text/);
    assert.match(
      await refused(reply.id, { type: 'image', content: '1769594400-4k2v9x8m1q7d3c5b.jpg' }, 404),
      /not found/,
    );
    await call('POST', '/opt-outs', { phoneNumbers: [reply.person.number] }, 200).catch(() => undefined);
    assert.deepEqual(await answersOf(reply.id), []);
  });

  it('that WhatsApp refuses say so, and do not hold up the next one', async () => {
    const { anna, reply } = await somebodyReplies('Quick question');
    simulator.controls.faults.add({ on: 'message', error: '463', times: 1 });
    const refused = await answer(reply, text('First'));
    await answer(reply, text('Second'));
    await eventually(async () =>
      assert.deepEqual(
        (await answersOf(reply.id)).map(({ state }) => state),
        ['failed', 'sent'],
      ),
    );
    const [shown] = await answersOf(reply.id);
    assert.deepEqual([shown?.id, shown?.error?.code], [refused.id, '463']);
    assert.match(shown?.error?.message ?? '', /may not write to this person/);
    assert.deepEqual(
      lettersOf(anna).map((one) => one.text),
      ['Second'],
    );
  });

  /** The id of what this contact's phone wrote last. */
  function lastFrom(contact: ContactView): string {
    return sentBy.get(contact.phoneNumber) ?? assert.fail();
  }
  const sentBy = new Map<string, string>();
  before(() => {
    const { stories } = simulator.controls;
    const reply = stories.reply.bind(stories);
    stories.reply = (phoneNumber, ...rest) => {
      const sent = reply(phoneNumber, ...rest);
      sentBy.set(phoneNumber, sent.id);
      return sent;
    };
  });
});

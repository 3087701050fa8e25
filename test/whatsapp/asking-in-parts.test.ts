import assert from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { askInParts } from '../../server/whatsapp/address-book/ask-in-parts.js';
import { UnansweredError } from '../../server/whatsapp/gateway.js';
import { fetchBundles } from '../../server/whatsapp/publishing/key-delivery.js';
import { askForDevices } from '../../server/whatsapp/publishing/recipient-devices.js';
import { askUsync } from '../../server/whatsapp/address-book/usync.js';

const node = (tag: string, content?: BinaryNode['content'], attrs: Record<string, string> = {}): BinaryNode => ({
  tag,
  attrs,
  ...(content === undefined ? {} : { content }),
});
const child = (one: BinaryNode | undefined, tag: string): BinaryNode | undefined =>
  Array.isArray(one?.content) ? one.content.find((inner) => inner.tag === tag) : undefined;
const refusal = (code: number): Error => Object.assign(new Error('refused'), { data: code });
const numbers = (count: number): number[] => Array.from({ length: count }, (_none, index) => index);

describe('a question about many', () => {
  let ws: { isOpen: boolean };
  let asked: number[][];
  beforeEach(() => {
    ws = { isOpen: true };
    asked = [];
  });
  /** Asks about these; `refuse` says with which error a question is refused, if it is. */
  const ask = (
    items: number[],
    perQuestion: number,
    refuse: (some: readonly number[]) => Error | undefined = () => undefined,
  ) =>
    askInParts({ ws }, items, perQuestion, (some) => {
      asked.push([...some]);
      const error = refuse(some);
      return error ? Promise.reject(error) : Promise.resolve(some.map((one) => `answer ${String(one)}`));
    });

  it('is asked in parts, one after another, and about nobody not at all', async () => {
    assert.deepEqual(
      await ask(numbers(5), 2),
      numbers(5).map((one) => `answer ${String(one)}`),
    );
    assert.deepEqual(asked, [[0, 1], [2, 3], [4]]);
    assert.deepEqual([await ask([], 2), asked.length], [[], 3]);
  });

  it('is asked in halves where it is refused, so that only those are missing whom it is refused for', async () => {
    const answers = await ask(numbers(9), 8, (some) =>
      some.includes(2) || some.includes(7) ? refusal(406) : undefined,
    );
    assert.deepEqual(
      answers,
      [0, 1, 3, 4, 5, 6, 8].map((one) => `answer ${String(one)}`),
    );
    assert.deepEqual(
      asked.map((some) => some.join('')),
      ['01234567', '0123', '01', '23', '2', '3', '4567', '45', '67', '6', '7', '8'],
    );
  });

  for (const code of [401, 403, 429, 503]) {
    it(`is given up at once when the refusal is ${String(code)}, which is about nobody`, async () => {
      await assert.rejects(
        ask(numbers(9), 4, () => refusal(code)),
        (error) => {
          assert.ok(error instanceof UnansweredError);
          assert.match(error.message, new RegExp(String(code)));
          return true;
        },
      );
      assert.equal(asked.length, 1);
    });
  }

  it('is given up when everything is refused, and not while something is answered', async () => {
    await assert.rejects(
      ask(numbers(100), 1, () => refusal(406)),
      UnansweredError,
    );
    assert.equal(asked.length, 24);
    asked = [];
    const answers = await ask(numbers(100), 1, ([one]) => (one === 23 ? undefined : refusal(406)));
    assert.deepEqual([answers, asked.length], [['answer 23'], 100]);
  });

  it('is halved no more after two hundred refusals: what is left counts as refused', async () => {
    const answers = await ask([...numbers(201), ...numbers(201)], 2, (some) =>
      some.length === 2 && some[0] === 0 ? undefined : refusal(406),
    );
    assert.deepEqual(answers, ['answer 0', 'answer 1']);
    // The first pair is answered, 67 are halved; with those two hundred questions were refused.
    assert.equal(asked.filter((some) => some.length === 2).length, 201);
    assert.equal(asked.filter((some) => some.length === 1).length, 134);
  });

  it('fails as it did when that is no refusal, or the connection is gone', async () => {
    const lost = Object.assign(new Error('Connection Closed'), { data: { statusCode: 428 } });
    await assert.rejects(
      ask(numbers(4), 2, () => lost),
      lost,
    );
    const late = refusal(406);
    await assert.rejects(
      ask(numbers(4), 2, () => {
        ws.isOpen = false;
        return late;
      }),
      late,
    );
    assert.equal(asked.length, 2);
  });
});

describe('questions to WhatsApp about recipients', () => {
  let asked: BinaryNode[];
  let answer: (question: BinaryNode) => BinaryNode | undefined;
  const socket = {
    ws: { isOpen: true },
    generateMessageTag: () => 'tag',
    query: (question: BinaryNode) => {
      asked.push(question);
      return Promise.resolve(answer(question));
    },
  } as never;
  beforeEach(() => {
    asked = [];
  });
  const usersIn = (question: BinaryNode | undefined): BinaryNode[] =>
    (child(child(question, 'usync'), 'list') ?? child(question, 'key'))?.content as BinaryNode[];
  const sizes = (): number[] => asked.map((question) => usersIn(question).length);
  const listOf = (content?: BinaryNode['content']): BinaryNode => node('iq', [node('usync', [node('list', content)])]);
  const people = (count: number): string[] => numbers(count).map((one) => String(100_000 + one));

  it('name five hundred at a time, and take the answers of all', async () => {
    answer = (question) => listOf([...usersIn(question), node('other')]);
    const users = people(1_001).map((jid) => node('user', undefined, { jid }));
    const found = await askUsync(socket, { context: 'background', protocols: [node('lid')] }, users);
    assert.deepEqual([found, sizes()], [users, [500, 500, 1]]);
    const [first] = asked;
    assert.deepEqual(first?.attrs, { to: '@s.whatsapp.net', type: 'get', xmlns: 'usync' });
    assert.equal(child(first, 'usync')?.attrs['context'], 'background');
    assert.deepEqual(child(child(first, 'usync'), 'query')?.content, [node('lid')]);
  });

  it('are not answered by silence, but by a list of nobody', async () => {
    const question = { context: 'message', protocols: [] } as const;
    for (const silence of [undefined, node('iq'), node('iq', [node('usync')])]) {
      answer = () => silence;
      await assert.rejects(askUsync(socket, question, [node('user')]), UnansweredError);
    }
    answer = () => listOf();
    assert.deepEqual(await askUsync(socket, question, [node('user')]), []);
  });

  it('about devices find those that can be written to, of each person by the name that was asked about', async () => {
    const device = (id: string, more: Record<string, string> = {}) => node('device', undefined, { id, ...more });
    const withDevices = (jid: string, devices: BinaryNode[]) =>
      node('user', [node('devices', [node('device-list', devices)])], { jid });
    const usable = [device('0'), device('2', { 'key-index': '1' })];
    const unusable = [
      device('3'),
      device('4', { 'key-index': '0' }),
      device('99', { 'key-index': '2', is_hosted: 'true' }),
      device('x', { 'key-index': '2' }),
      node('other', undefined, { id: '5', 'key-index': '1' }),
    ];
    answer = () =>
      listOf([
        withDevices('5511987654321@s.whatsapp.net', [...usable, ...unusable]),
        node('user', [node('devices', [node('error', undefined, { code: '500' })])], { jid: '200@s.whatsapp.net' }),
        withDevices('999@s.whatsapp.net', usable),
      ]);
    // WhatsApp may know a number of Brazil without its 9, and answers about the number it knows.
    const users = ['551187654321', '200', '300'];
    const found = await askForDevices(socket, users, 's.whatsapp.net');
    assert.deepEqual(Object.fromEntries(found), { '551187654321': [0, 2], '200': [], '300': [] });
    assert.deepEqual(
      usersIn(asked[0]).map(({ attrs }) => attrs['jid']),
      users.map((user) => `${user}@s.whatsapp.net`),
    );
    answer = () => listOf([withDevices('551187654321@lid', usable)]);
    const byLid = await askForDevices(socket, ['5511987654321'], 'lid');
    assert.deepEqual([...byLid], [['5511987654321', []]], 'LIDs that look like numbers are none');
  });

  it('about keys name two hundred devices at a time, and are not answered by silence', async () => {
    const jids = people(401).map((user) => `${user}@lid`);
    const bytes = (tag: string, length: number): BinaryNode => node(tag, Buffer.alloc(length, 7));
    const skey = node('skey', [bytes('id', 3), bytes('value', 32), bytes('signature', 64)]);
    const keys = [bytes('registration', 4), bytes('identity', 32), skey];
    const refused = jids[250];
    answer = (question) =>
      node('iq', [
        node(
          'list',
          usersIn(question).map(({ attrs }) =>
            node('user', attrs['jid'] === refused ? [node('error', undefined, { code: '404' })] : keys, attrs),
          ),
        ),
      ]);
    const found = await fetchBundles(socket, jids);
    assert.deepEqual([sizes(), [...found.keys()]], [[200, 200, 1], jids.filter((jid) => jid !== refused)]);
    answer = () => undefined;
    await assert.rejects(fetchBundles(socket, jids), UnansweredError);
  });
});

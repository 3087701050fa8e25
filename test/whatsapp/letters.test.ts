import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { type BinaryNode, encodeWAMessage, proto } from '@whiskeysockets/baileys';
import { createLogger } from '../../server/lib/logger.js';
import { quietLogger } from '../../server/whatsapp/baileys/quiet-logger.js';
import type { ReplyNews } from '../../server/whatsapp/gateway.js';
import { StatusIntake } from '../../server/whatsapp/receipts/status-intake.js';

const dayMs = 24 * 60 * 60_000;
const now = 1_777_000_000_000;
const contextInfo = { stanzaId: '3EB0S1', remoteJid: 'status@broadcast' };
const reply = { extendedTextMessage: { text: 'Still open?', contextInfo } };

describe('a private message', () => {
  let ws: EventEmitter;
  let ended: AbortController;
  let intake: StatusIntake;
  /** What Baileys gets, what is acknowledged here, what is asked for again, and which addresses were learned before it was opened. */
  let passed: BinaryNode[];
  let acknowledged: string[];
  let askedAgain: string[];
  let learned: unknown[];
  let failuresTold: number;
  let notRecorded: number;
  let open: () => Promise<proto.IMessage>;
  let told: ReplyNews[];
  let record: (news: ReplyNews[]) => Promise<void>;
  let knownNumber: string | null;

  beforeEach(() => {
    [ws, ended] = [new EventEmitter(), new AbortController()];
    [passed, acknowledged, askedAgain, learned, told] = [[], [], [], [], []];
    [failuresTold, notRecorded, knownNumber] = [0, 0, null];
    open = () => Promise.resolve({ conversation: 'Hi' });
    record = (news) => Promise.resolve(void told.push(...news));
    ws.on('CB:message', (node: BinaryNode) => void passed.push(node));
    const logger = createLogger({ logLevel: 'silent' });
    const signalRepository = {
      decryptMessage: async () => {
        learned.push('opened');
        return encodeWAMessage(proto.Message.create(await open()));
      },
      lidMapping: {
        getLIDForPN: () => Promise.resolve(knownNumber && '71@lid'),
        getPNForLID: () => Promise.resolve(knownNumber),
        storeLIDPNMappings: (pairs: unknown) => Promise.resolve(void learned.push(pairs)),
      },
      migrateSession: (from: string, to: string) => Promise.resolve(void learned.push([from, to])),
    };
    const sendNode = ({ attrs }: BinaryNode): Promise<void> =>
      Promise.resolve(void acknowledged.push(attrs['id'] ?? '', ...(attrs['error'] ? [attrs['error']] : [])));
    const sendRetryRequest = ({ attrs }: BinaryNode): Promise<void> =>
      Promise.resolve(void askedAgain.push(attrs['id'] ?? ''));
    intake = new StatusIntake({
      socket: { ws, signalRepository, sendNode, sendRetryRequest } as never,
      auth: { creds: { me: { id: '4900:3@s.whatsapp.net', lid: '900:3@lid' } } } as never,
      ended: ended.signal,
      own: () => ({ phoneNumber: '4900', lid: '900' }),
      record: () => Promise.reject(new Error('no like was sent')),
      recordReplies: (news) => record(news),
      onNotRecorded: () => (notRecorded += 1),
      library: quietLogger(logger, () => (failuresTold += 1)),
      logger,
      now: () => now,
    });
  });

  const secret = (type = 'msg'): BinaryNode => ({ tag: 'enc', attrs: { v: '2', type }, content: Buffer.from('x') });
  function arrive(id: string, attrs: Record<string, string> = {}, content: BinaryNode[] = [secret()]): void {
    const all = { id, from: '71@lid', type: 'text', t: String(now / 1000), ...attrs };
    ws.emit('CB:message', { tag: 'message', attrs: all, content });
  }
  const ids = (): (string | undefined)[] => passed.map(({ attrs }) => attrs['id']);
  const tagsOf = (node: BinaryNode | undefined): string[] => (node?.content as BinaryNode[]).map(({ tag }) => tag);

  it('that answers no status goes on to Baileys, opened, and nothing is kept of it', async () => {
    arrive('A');
    await intake.drain();
    assert.deepEqual([ids(), told, acknowledged], [['A'], [], []]);
    assert.deepEqual(tagsOf(passed[0]), ['plaintext']);
  });

  it('that answers a status is recorded before Baileys, which acknowledges it, has it', async () => {
    open = () => Promise.resolve(reply);
    let finish = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      record = (news) => {
        told.push(...news);
        resolve();
        return new Promise((done) => (finish = done));
      };
    });
    arrive('A');
    await begun;
    assert.deepEqual([told.length, ids()], [1, []]);
    finish();
    await intake.drain();
    assert.deepEqual([ids(), acknowledged, notRecorded], [['A'], [], 0]);
  });

  it('is recorded after those before it, an edit never before its reply, and with others that waited', async () => {
    const batches: string[][] = [];
    let finish = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      record = (news) => {
        batches.push(news.map(({ messageId, change }) => `${messageId} ${change}`));
        if (batches.length > 1) return Promise.resolve();
        resolve();
        return new Promise((done) => (finish = done));
      };
    });
    const editedMessage = { extendedTextMessage: { text: 'Open?' } };
    const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
    const messages = [reply, { protocolMessage: { type, key: { id: 'A' }, editedMessage } }, reply];
    open = () => Promise.resolve(messages.shift() ?? reply);
    for (const id of ['A', 'EDIT', 'B']) arrive(id);
    await begun;
    while (messages.length > 0) await new Promise((done) => setImmediate(done));
    assert.deepEqual([batches, ids()], [[['A sent']], []]);
    finish();
    await intake.drain();
    assert.deepEqual(batches, [['A sent'], ['A edited', 'B sent']]);
    assert.deepEqual(ids(), ['A', 'EDIT', 'B']);
  });

  it('is not recorded after one that was not: they come again together', async () => {
    open = () => Promise.resolve(reply);
    record = ([first]) =>
      first?.messageId === 'A' ? Promise.reject(new Error('the disk is full')) : Promise.resolve();
    for (const id of ['A', 'B']) arrive(id);
    await intake.drain();
    assert.deepEqual([ids(), acknowledged, notRecorded], [[], [], 2]);
  });

  it('that could not be recorded is nobody’s to answer: it comes again, and is asked for then', async () => {
    open = () => Promise.resolve(reply);
    record = () => Promise.reject(new Error('the disk is full'));
    arrive('A');
    await intake.drain();
    assert.deepEqual([ids(), acknowledged, notRecorded], [[], [], 1]);
    open = () => Promise.reject(new Error('Key used already or never filled'));
    arrive('A');
    await intake.drain();
    assert.deepEqual([askedAgain, acknowledged, ids()], [['A'], ['A'], []]);
  });

  it('that was opened before is not asked for when nobody has it any more', async () => {
    open = () => Promise.reject(new Error('Key used already or never filled'));
    arrive('OLD', { t: String((now - 14 * dayMs) / 1000) });
    arrive('YOUNG', { t: String((now - 14 * dayMs + 1_000) / 1000) });
    await intake.drain();
    assert.deepEqual([askedAgain, acknowledged], [['YOUNG'], ['OLD', 'YOUNG']]);
  });

  it('that cannot be opened is Baileys’, as it came, and Baileys alone tells of it', async () => {
    for (const reason of ['No session record', 'Bad MAC']) {
      open = () => Promise.reject(new Error(reason));
      arrive(reason);
      await intake.drain();
    }
    assert.deepEqual([ids(), acknowledged, askedAgain, failuresTold], [['No session record', 'Bad MAC'], [], [], 0]);
    assert.deepEqual(passed.flatMap(tagsOf), ['enc', 'enc']);
  });

  it('is opened with the address that its sender has besides, as Baileys opens it', async () => {
    arrive('A', { sender_pn: '4971@s.whatsapp.net' });
    await intake.drain();
    assert.deepEqual(learned, [
      [{ lid: '71@lid', pn: '4971@s.whatsapp.net' }],
      ['4971@s.whatsapp.net', '71@lid'],
      'opened',
    ]);
    learned = [];
    arrive('B', { from: '4971@s.whatsapp.net', sender_lid: '71@lid' });
    await intake.drain();
    assert.deepEqual(learned.slice(0, 2), [
      [{ lid: '71@lid', pn: '4971@s.whatsapp.net' }],
      ['4971@s.whatsapp.net', '71@lid'],
    ]);
  });

  it('leaves a pair of addresses alone that is known', async () => {
    knownNumber = '4971@s.whatsapp.net';
    arrive('A', { from: '4971@s.whatsapp.net', sender_lid: '71@lid' });
    await intake.drain();
    assert.deepEqual(learned, ['opened']);
  });

  it('of an own device to somebody is opened, as one of theirs', async () => {
    arrive('OWN', { from: '900:4@lid', recipient: '71@lid' });
    assert.deepEqual(ids(), []);
    await intake.drain();
    assert.deepEqual([ids(), passed.flatMap(tagsOf)], [['OWN'], ['plaintext']]);
  });

  it('of an own device to another, in a group, of a bot or without a content is Baileys’ at once', () => {
    arrive('PEER', { from: '4900@s.whatsapp.net', category: 'peer' });
    arrive('PEER_BY_LID', { from: '900@lid' });
    arrive('GROUP', { from: '123@g.us', participant: '71@lid' });
    arrive('BOT', {}, [secret('msmsg')]);
    arrive('EMPTY', {}, [{ tag: 'unavailable', attrs: { type: 'view_once' } }]);
    assert.deepEqual(ids(), ['PEER', 'PEER_BY_LID', 'GROUP', 'BOT', 'EMPTY']);
  });

  it('is left alone once the connection is at its end', async () => {
    ended.abort();
    arrive('A');
    await intake.drain();
    assert.deepEqual([ids(), acknowledged], [[], []]);
  });
});

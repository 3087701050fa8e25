import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mock } from 'node:test';
import { type BinaryNode, encodeWAMessage, proto } from '@whiskeysockets/baileys';
import { createLogger } from '../../server/lib/logger.js';
import { quietLogger } from '../../server/whatsapp/baileys/quiet-logger.js';
import type { StatusReceipt } from '../../server/whatsapp/gateway.js';
import { StatusIntake } from '../../server/whatsapp/receipts/status-intake.js';

const hourMs = 60 * 60_000;

describe('a status of somebody', () => {
  const now = 1_777_000_000_000;
  let ws: EventEmitter;
  let ended: AbortController;
  let intake: StatusIntake;
  /** What Baileys is given, what is acknowledged and with which error, what is asked for again and with our keys. */
  let passed: BinaryNode[];
  let acknowledged: string[];
  let askedAgain: [string, boolean][];
  /** Opens a message; what it resolves to is the message without its padding. */
  let open: (bytes: Uint8Array) => Promise<proto.IMessage>;
  /** What is recorded, and how that goes. */
  let recorded: StatusReceipt[];
  let record: (receipts: StatusReceipt[]) => Promise<void>;
  let notRecorded: number;
  let askFails: boolean;
  let keysAreReadable: boolean;
  beforeEach(() => {
    [ws, ended, passed, acknowledged, askedAgain] = [new EventEmitter(), new AbortController(), [], [], []];
    [askFails, keysAreReadable] = [false, true];
    [recorded, notRecorded] = [[], 0];
    record = (receipts) => {
      recorded.push(...receipts);
      return Promise.resolve();
    };
    open = () => Promise.resolve({ conversation: 'Hi' });
    ws.on('CB:message', (node: BinaryNode) => {
      passed.push(node);
    });
    const logger = createLogger({ logLevel: 'silent' });
    const signalRepository = {
      decryptGroupMessage: async ({ msg }: { msg: Uint8Array }) =>
        encodeWAMessage(proto.Message.create(await open(msg))),
      processSenderKeyDistributionMessage: () => Promise.resolve(),
      lidMapping: {
        getLIDForPN: () => (keysAreReadable ? Promise.resolve(null) : Promise.reject(new Error('the disk is gone'))),
      },
    };
    const sendNode = ({ attrs }: BinaryNode): Promise<void> => {
      acknowledged.push([attrs['id'], attrs['error']].flatMap((part) => part ?? []).join(' '));
      return Promise.resolve();
    };
    const sendRetryRequest = ({ attrs }: BinaryNode, withKeys: boolean): Promise<void> => {
      askedAgain.push([attrs['id'] ?? '', withKeys]);
      return askFails ? Promise.reject(new Error('nothing leaves')) : Promise.resolve();
    };
    intake = new StatusIntake({
      socket: { ws, signalRepository, sendNode, sendRetryRequest } as never,
      auth: { creds: { me: { id: '4900:3@s.whatsapp.net', lid: '900:3@lid' } } } as never,
      ended: ended.signal,
      own: () => ({ phoneNumber: '4900', lid: '900' }),
      record: (receipts) => record(receipts),
      recordReplies: () => Promise.reject(new Error('no reply was sent')),
      onNotRecorded: () => (notRecorded += 1),
      library: quietLogger(logger),
      logger,
      now: () => now,
    });
  });

  const secret: BinaryNode = { tag: 'enc', attrs: { v: '2', type: 'skmsg' }, content: Buffer.from('x') };
  function arrive(id: string, attrs: Record<string, string> = {}, content: BinaryNode[] = [secret]): void {
    const all = { id, from: 'status@broadcast', participant: '71@lid', t: String(now / 1000), ...attrs };
    ws.emit('CB:message', { tag: 'message', attrs: all, content });
  }
  const ids = (): (string | undefined)[] => passed.map(({ attrs }) => attrs['id']);

  it('that can be opened is Baileys’ as plain text, in the order of arrival, and what else is in the stanza too', async () => {
    const distribution = { groupId: 'status@broadcast', axolotlSenderKeyDistributionMessage: Buffer.from('key') };
    let first = true;
    open = async () => {
      const isFirst = first;
      first = false;
      // The first one takes longest.
      for (let turn = 0; turn < (isFirst ? 5 : 0); turn += 1) await new Promise((done) => setImmediate(done));
      return { conversation: isFirst ? 'One' : 'Two', senderKeyDistributionMessage: distribution };
    };
    const meta = { tag: 'meta', attrs: { status_setting: 'contacts' } };
    arrive('A', {}, [secret, meta]);
    arrive('B');
    await intake.drain();
    assert.deepEqual([ids(), acknowledged, askedAgain], [['A', 'B'], [], []]);
    const content = passed[0]?.content as BinaryNode[];
    assert.deepEqual(
      content.map(({ tag }) => tag),
      ['meta', 'plaintext'],
    );
    const read = proto.Message.decode(content[1]?.content as Uint8Array);
    assert.deepEqual([read.conversation, read.senderKeyDistributionMessage], ['One', null]);
  });

  it('is no private message: those are Baileys’ at once', () => {
    arrive('CHAT', { from: '71@lid' });
    assert.deepEqual(ids(), ['CHAT']);
    assert.deepEqual((passed[0]?.content as BinaryNode[])[0]?.tag, 'enc');
  });

  it('that cannot be opened is asked for again, and acknowledged plainly, also when asking fails', async () => {
    open = () => Promise.reject(new Error('No session record'));
    arrive('A');
    arrive('EMPTY', {}, []);
    await intake.drain();
    askFails = true;
    arrive('B');
    await intake.drain();
    assert.deepEqual(askedAgain, [
      ['A', false],
      ['EMPTY', true],
      ['B', false],
    ]);
    assert.deepEqual([acknowledged, ids()], [['A', 'EMPTY', 'B'], []]);
  });

  for (const reason of ['Key used already or never filled', 'Received message with old counter: 3, 1']) {
    it(`that was opened before is acknowledged only (${reason})`, async () => {
      open = () => Promise.reject(new Error(reason));
      arrive('A');
      await intake.drain();
      assert.deepEqual([askedAgain, acknowledged, ids()], [[], ['A'], []]);
    });
  }

  it('that nobody can see any more is acknowledged only, and so is one that makes no sense', async () => {
    open = () => Promise.reject(new Error('No session record'));
    const sentAt = (ageMs: number): string => String((now - ageMs) / 1000);
    arrive('OLD', { t: sentAt(24 * hourMs) });
    arrive('TIMELESS', { t: 'x' });
    arrive('NOBODY', { participant: '' });
    arrive('YOUNG', { t: sentAt(24 * hourMs - 1_000) });
    await intake.drain();
    assert.deepEqual([askedAgain, acknowledged], [[['YOUNG', false]], ['OLD', 'TIMELESS', 'NOBODY', 'YOUNG']]);
  });

  it('is not acknowledged when our own keys cannot be read: it has to come again; the next one is taken', async () => {
    keysAreReadable = false;
    arrive('A', { participant: '4971@s.whatsapp.net' });
    arrive('B');
    await intake.drain();
    assert.deepEqual([acknowledged, askedAgain, ids()], [[], [], ['B']]);
  });

  it('that takes longer than twenty seconds to open is left to the next connection, and holds up no other', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const begun = new Promise<void>((resolve) => {
        open = () => {
          resolve();
          return new Promise(() => undefined);
        };
      });
      arrive('A');
      await begun;
      open = () => Promise.resolve({ conversation: 'Hi' });
      arrive('B');
      mock.timers.tick(19_999);
      await new Promise((done) => setImmediate(done));
      assert.deepEqual(ids(), []);
      mock.timers.tick(1);
      await intake.drain();
      assert.deepEqual([ids(), acknowledged], [['B'], []]);
    } finally {
      mock.timers.reset();
    }
  });

  it('is left alone once the connection is at its end, also one that is being opened', async () => {
    let opened = 0;
    open = () => {
      opened += 1;
      ended.abort();
      return Promise.reject(new Error('No session record'));
    };
    arrive('A');
    arrive('B');
    await intake.drain();
    assert.deepEqual([acknowledged, ids(), opened], [[], [], 1]);
  });

  describe('that is a like of ours', () => {
    const like = (of: proto.Message.IReactionMessage = {}): void => {
      const key = { remoteJid: 'status@broadcast', fromMe: false, id: '3EB0OURS', participant: '900@lid' };
      open = () => Promise.resolve({ reactionMessage: { key, text: '💚', senderTimestampMs: now - 500, ...of } });
    };
    const facts = () =>
      recorded.map(({ messageId, person, at, ...rest }) => {
        assert.ok(rest.kind === 'reacted');
        const { emoji, reactedAt } = rest.reaction;
        return [messageId, person.phoneNumber, person.lid, emoji, at.getTime() - now, reactedAt.getTime() - now];
      });

    it('is recorded before Baileys, which acknowledges it, has it', async () => {
      like();
      let finish = (): void => undefined;
      record = async (receipts) => {
        recorded.push(...receipts);
        await new Promise<void>((resolve) => (finish = resolve));
      };
      const begun = new Promise<void>((resolve) => {
        const told = record;
        record = (receipts) => {
          resolve();
          return told(receipts);
        };
      });
      arrive('A', { type: 'reaction', participant_pn: '4971@s.whatsapp.net' });
      await begun;
      assert.deepEqual([facts(), ids()], [[['3EB0OURS', '4971', '71', '💚', 0, -500]], []]);
      finish();
      await intake.drain();
      assert.deepEqual([ids(), acknowledged, notRecorded], [['A'], [], 0]);
    });

    it('is nobody’s answer to give when it could not be recorded: it comes again, and is asked for then', async () => {
      like();
      record = () => Promise.reject(new Error('the disk is full'));
      arrive('A', { type: 'reaction' });
      await intake.drain();
      assert.deepEqual([ids(), acknowledged, notRecorded], [[], [], 1]);
      open = () => Promise.reject(new Error('Key used already or never filled'));
      arrive('A', { type: 'reaction' });
      await intake.drain();
      assert.deepEqual([askedAgain, acknowledged], [[['A', false]], ['A']]);
    });

    it('in a wrapping of messages that disappear is read all the same', async () => {
      open = () => {
        const key = { remoteJid: 'status@broadcast', id: '3EB0OURS' };
        return Promise.resolve({ ephemeralMessage: { message: { reactionMessage: { key, text: '🔥' } } } });
      };
      arrive('A', { type: 'reaction' });
      await intake.drain();
      assert.deepEqual(facts(), [['3EB0OURS', null, '71', '🔥', 0, 0]]);
    });

    it('is waited for until it is recorded, by whoever waits for all that has arrived', async () => {
      like();
      record = async (receipts) => {
        for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
        recorded.push(...receipts);
      };
      arrive('A', { type: 'reaction' });
      await intake.drain();
      assert.deepEqual([recorded.length, ids()], [1, ['A']]);
    });

    it('holds no place once it is recorded', async function () {
      this.timeout(20_000);
      like();
      for (const count of [4_000, 2_000]) {
        for (let nth = 0; nth < count; nth += 1) arrive(String(nth), { type: 'reaction' });
        await intake.drain();
      }
      assert.equal(passed.length, 6_000);
    });

    it('that takes longer than twenty seconds to record is left to the next connection', async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      try {
        like();
        const begun = new Promise<void>((resolve) => {
          record = () => {
            resolve();
            return new Promise(() => undefined);
          };
        });
        arrive('A', { type: 'reaction' });
        await begun;
        mock.timers.tick(20_000);
        await intake.drain();
        assert.deepEqual([ids(), acknowledged, notRecorded], [[], [], 1]);
      } finally {
        mock.timers.reset();
      }
    });

    it('is taken back by one without an emoji, and is of no device of our own', async () => {
      like({ text: '' });
      arrive('A', { type: 'reaction' });
      arrive('B', { type: 'reaction', participant: '4900:7@s.whatsapp.net' });
      arrive('C', { type: 'reaction', participant: '900:7@lid' });
      await intake.drain();
      assert.deepEqual([facts(), ids()], [[['3EB0OURS', null, '71', null, 0, -500]], ['A', 'B', 'C']]);
    });

    it('has WhatsApp’s time where the clock of its device is wrong', async () => {
      for (const senderTimestampMs of [now + 1_000, now - 24 * hourMs, null, now + 999]) {
        like({ senderTimestampMs });
        arrive('A', { type: 'reaction' });
        await intake.drain();
      }
      assert.deepEqual(
        facts().map((fact) => fact.at(-1)),
        [0, 0, 0, 999],
      );
    });

    it('with what is no emoji, or about what is no message, is Baileys’ alone', async () => {
      for (const wrong of [{ text: 'x'.repeat(65) }, { text: '\u0000' }, { key: { id: 'a b' } }, { key: {} }]) {
        like(wrong);
        arrive('A', { type: 'reaction' });
        await intake.drain();
      }
      assert.deepEqual([recorded, ids().length], [[], 4]);
    });

    it('may come in the chat; what another device of ours sends there is Baileys’ at once', async () => {
      like();
      arrive('A', { type: 'reaction', from: '71@lid', participant: '', sender_pn: '4971@s.whatsapp.net' });
      arrive('B', { type: 'reaction', from: '900@lid', recipient: '71@lid' });
      assert.deepEqual(ids(), ['B']);
      await intake.drain();
      assert.deepEqual([facts(), recorded[0]?.viaChat], [[['3EB0OURS', '4971', '71', '💚', 0, -500]], true]);
      assert.deepEqual(ids(), ['B', 'A']);
    });
  });

  it('beyond five thousand that wait comes again on another connection, which is asked for where it may be a like', async function () {
    this.timeout(20_000);
    for (let nth = 0; nth < 5_003; nth += 1) arrive(String(nth));
    assert.equal(notRecorded, 0);
    arrive('LIKE', { type: 'reaction' });
    assert.equal(notRecorded, 1);
    await intake.drain();
    assert.deepEqual([passed.length, passed.at(-1)?.attrs['id'], acknowledged], [5_000, '4999', []]);
    arrive('LATER');
    await intake.drain();
    assert.equal(ids().at(-1), 'LATER');
  });
});

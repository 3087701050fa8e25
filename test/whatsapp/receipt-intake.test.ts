import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mock } from 'node:test';
import { type BinaryNode, buildAckStanza, encodeBinaryNode } from '@whiskeysockets/baileys';
import { createLogger } from '../../server/lib/logger.js';
import { acknowledgeReceipt, encodeReceiptAck } from '../../server/whatsapp/receipts/receipt-ack.js';
import { ReceiptIntake } from '../../server/whatsapp/receipts/receipt-intake.js';
import { readStatusReceipts } from '../../server/whatsapp/receipts/receipts.js';
import { eventually } from '../support/eventually.js';

const own = { phoneNumber: '4915112345678', lid: '900000000000001' };

function receipt(attrs: Record<string, string>, content?: BinaryNode[]): BinaryNode {
  const all = { from: 'status@broadcast', id: '3EB0C767D097B7C7C030', t: '1777000000', ...attrs };
  return { tag: 'receipt', attrs: all, ...(content ? { content } : {}) };
}
const view = (index: number): BinaryNode => receipt({ participant: `${String(2_700_000 + index)}@lid`, type: 'read' });

describe('the acknowledgement of a receipt', () => {
  const items = { tag: 'list', attrs: {}, content: [{ tag: 'item', attrs: { id: 'A2' } }] };
  const grouped = { tag: 'participants', attrs: { message_id: 'M1' }, content: [] };
  const { id: _none, ...unnamed } = receipt({ class: 'status' }).attrs;
  const shapes: Record<string, BinaryNode> = {
    'a delivery': receipt({ participant: '27123456789012:3@lid' }),
    'a view': receipt({ participant: '27123456789012@lid', type: 'read' }),
    'a view by number': receipt({ participant: '919812345678:12@s.whatsapp.net', type: 'played' }),
    'several at once': receipt({ participant: '27123456789012@lid', type: 'read' }, [items]),
    'one grouped by message': receipt({ class: 'status' }, [grouped]),
    'one without an id': { tag: 'receipt', attrs: unnamed, content: [grouped] },
    'one with everything': receipt({ participant: '5:1@lid', recipient: '49151@s.whatsapp.net', offline: '3' }),
    'an empty type': receipt({ participant: '5@lid', type: '' }),
  };
  for (const [name, stanza] of Object.entries(shapes)) {
    it(`is that of Baileys for ${name}`, () => {
      assert.deepEqual(encodeReceiptAck(stanza), encodeBinaryNode(buildAckStanza(stanza)));
    });
  }

  it('does not leave once the socket is closed', async () => {
    const sent: Uint8Array[] = [];
    const ws = { isOpen: true };
    const sendRawMessage = (bytes: Uint8Array): Promise<void> => Promise.resolve(void sent.push(bytes));
    await acknowledgeReceipt({ ws, sendRawMessage }, view(1));
    ws.isOpen = false;
    await acknowledgeReceipt({ ws, sendRawMessage }, view(2));
    assert.deepEqual(sent, [encodeReceiptAck(view(1))]);
  });
});

describe('receipts that arrive together', () => {
  const count = 700;
  let socket: EventEmitter;
  let acknowledged: BinaryNode[];
  let seenByBaileys: BinaryNode[];
  let recorded: number;
  let notRecorded: number;
  /** Who holds the socket, and how often somebody did. */
  let holds: number;
  let heldBefore: number;

  function intake(record: (count: number) => Promise<void> = () => Promise.resolve()): ReceiptIntake {
    return new ReceiptIntake(socket, {
      read: (node) => readStatusReceipts(node, own, new Date()),
      record: async (receipts) => {
        await record(receipts.length);
        recorded += receipts.length;
      },
      acknowledge: (node) => {
        assert.ok(acknowledged.length < recorded, 'nothing is acknowledged before it is recorded');
        acknowledged.push(node);
        return Promise.resolve();
      },
      onNotRecorded: () => (notRecorded += 1),
      holdReads: () => {
        holds += 1;
        heldBefore += 1;
        return () => (holds -= 1);
      },
      logger: createLogger({ logLevel: 'silent' }),
    });
  }

  beforeEach(() => {
    socket = new EventEmitter();
    acknowledged = [];
    seenByBaileys = [];
    recorded = 0;
    notRecorded = 0;
    [holds, heldBefore] = [0, 0];
    socket.on('CB:receipt', (node: BinaryNode) => seenByBaileys.push(node));
  });

  it('are recorded first and then acknowledged in their order, a few per turn of the event loop', async () => {
    const waiting = intake();
    const sent = Array.from({ length: count }, (_none, index) => view(index));
    for (const node of sent) socket.emit('CB:receipt', node);
    let most = 0;
    let before = 0;
    let isWatching = true;
    const watch = (): void => {
      most = Math.max(most, acknowledged.length - before);
      before = acknowledged.length;
      if (isWatching) setImmediate(watch);
    };
    watch();
    await waiting.drain();
    isWatching = false;
    assert.deepEqual(acknowledged, sent);
    assert.ok(most > 0 && most <= 50, `${String(most)} in one turn`);
    assert.deepEqual(seenByBaileys, []);
  });

  const turn = (): Promise<unknown> => new Promise((done) => setImmediate(done));

  it('wait at WhatsApp once two thousand wait here, until half of them are answered', async () => {
    const recordings: (() => void)[] = [];
    const waiting = intake(() => new Promise((done) => recordings.push(done)));
    const heldAfter: number[] = [];
    for (let batch = 0; batch < 5; batch += 1) {
      for (let index = 0; index < 500; index += 1) socket.emit('CB:receipt', view(batch * 500 + index));
      heldAfter.push(holds);
      await turn();
    }
    assert.deepEqual([heldAfter, recordings.length], [[0, 0, 0, 0, 1], 5]);
    recordings[0]?.();
    recordings[1]?.();
    await eventually(() => acknowledged.length === 1_000, { what: 'the first thousand' });
    assert.equal(holds, 1);
    recordings[2]?.();
    await eventually(() => holds === 0, { what: 'a socket that is read' });
    assert.equal(acknowledged.length, 1_500);
    recordings[3]?.();
    recordings[4]?.();
    await waiting.drain();
    assert.deepEqual([holds, heldBefore, acknowledged.length], [0, 1, 2_500]);
  });

  it('wait there no longer once the recording has failed', async () => {
    const waiting = intake(() => Promise.reject(new Error('the disk is full')));
    for (let index = 0; index < 2_500; index += 1) socket.emit('CB:receipt', view(index));
    await waiting.drain();
    assert.deepEqual([holds, heldBefore, acknowledged.length], [0, 1, 0]);
  });

  it('are not acknowledged when they could not be recorded; those that come after are', async () => {
    let failures = 0;
    const waiting = intake((size) => {
      if (failures > 0 || size < 2) return Promise.resolve();
      failures += 1;
      return Promise.reject(new Error('the disk is full'));
    });
    for (let index = 0; index < 10; index += 1) socket.emit('CB:receipt', view(index));
    await turn();
    socket.emit('CB:receipt', view(10));
    await waiting.drain();
    assert.equal(failures, 1);
    assert.equal(notRecorded, 1, 'whoever can connect anew is told');
    assert.deepEqual(acknowledged, [view(10)]);
  });

  it('in one turn of the event loop are recorded together, at the same time as others, and answered in their order', async () => {
    const sizes: number[] = [];
    let recordFirst = (): void => undefined;
    const waiting = intake((size) => {
      sizes.push(size);
      return sizes.length > 1 ? Promise.resolve() : new Promise((done) => (recordFirst = done));
    });
    const list = { tag: 'list', attrs: {}, content: [{ tag: 'item', attrs: { id: 'A2' } }] };
    const several = receipt({ participant: '5@lid', type: 'read' }, [list]);
    const sent = [...Array.from({ length: count }, (_none, index) => view(index)), several, view(count)];
    for (const node of sent.slice(0, -1)) socket.emit('CB:receipt', node);
    await turn();
    socket.emit('CB:receipt', view(count));
    await turn();
    assert.deepEqual([sizes, acknowledged], [[702, 1], []]);
    recordFirst();
    await waiting.drain();
    assert.deepEqual(acknowledged, sent);
  });

  it('are given up when recording takes longer than twenty seconds; those that come after are recorded', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      let isFirst = true;
      const waiting = intake(() => {
        const never = isFirst ? new Promise<void>(() => undefined) : Promise.resolve();
        isFirst = false;
        return never;
      });
      socket.emit('CB:receipt', view(0));
      await turn();
      socket.emit('CB:receipt', view(1));
      await turn();
      mock.timers.tick(19_999);
      await turn();
      assert.equal(notRecorded, 0);
      mock.timers.tick(1);
      await waiting.drain();
      assert.deepEqual([notRecorded, acknowledged], [1, [view(1)]]);
    } finally {
      mock.timers.reset();
    }
  });

  it('are acknowledged, and left to Baileys, each for itself: one that fails holds up no other', async () => {
    const answered: string[] = [];
    const failing = (node: BinaryNode): Promise<void> => {
      answered.push(node.attrs['participant'] ?? node.attrs['from'] ?? '');
      return Promise.reject(new Error('nothing leaves'));
    };
    socket.removeAllListeners();
    socket.on('CB:receipt', (node: BinaryNode): unknown => failing(node));
    const waiting = new ReceiptIntake(socket, {
      read: (node) => readStatusReceipts(node, own, new Date()),
      record: () => Promise.resolve(),
      acknowledge: failing,
      onNotRecorded: () => (notRecorded += 1),
      holdReads: () => () => undefined,
      logger: createLogger({ logLevel: 'silent' }),
    });
    for (const node of [view(0), receipt({ from: '5@lid', type: 'read' }), view(1)]) socket.emit('CB:receipt', node);
    await waiting.drain();
    assert.deepEqual([answered, notRecorded], [['2700000@lid', '5@lid', '2700001@lid'], 0]);
  });

  it('are answered each for itself also where one cannot even be begun', async () => {
    const answered: (string | undefined)[] = [];
    const failing = (node: BinaryNode): never => {
      answered.push(node.attrs['participant'] ?? node.attrs['from']);
      throw new Error('nothing is encoded');
    };
    socket.removeAllListeners();
    socket.on('CB:receipt', failing);
    const waiting = new ReceiptIntake(socket, {
      read: (node) => readStatusReceipts(node, own, new Date()),
      record: () => Promise.resolve(),
      acknowledge: failing,
      onNotRecorded: () => (notRecorded += 1),
      holdReads: () => () => undefined,
      logger: createLogger({ logLevel: 'silent' }),
    });
    for (const node of [view(0), receipt({ from: '5@lid', type: 'read' })]) socket.emit('CB:receipt', node);
    await waiting.drain();
    socket.emit('CB:receipt', view(1));
    await waiting.drain();
    assert.deepEqual([answered, notRecorded], [['2700000@lid', '5@lid', '2700001@lid'], 0]);
  });

  it('leave what is not about a status to Baileys', () => {
    intake();
    const group = receipt({ from: '1-2@g.us', participant: '5@lid', type: 'read' });
    socket.emit('CB:receipt', group);
    assert.deepEqual(seenByBaileys, [group]);
  });

  it('go to Baileys after they were recorded when they may be about a private message', async () => {
    const waiting = intake(() => {
      assert.deepEqual(seenByBaileys, []);
      return Promise.resolve();
    });
    const chat = receipt({ from: '5@lid', type: 'read' });
    socket.emit('CB:receipt', chat);
    await waiting.drain();
    assert.deepEqual(seenByBaileys, [chat]);
    assert.deepEqual(acknowledged, [], 'Baileys does that');
  });
});

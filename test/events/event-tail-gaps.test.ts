import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { AppEvent } from '../../server/contract/events.js';
import { EventTail } from '../../server/events/event-tail.js';
import { createLogger } from '../../server/lib/logger.js';
import { eventually } from '../support/eventually.js';

/** Numbers that were given and are not there: what PostgreSQL shows while a transaction is open, or after it was taken back. */
describe('events behind a missing number', () => {
  let written: number[];
  let heard: number[];
  let reads: number;
  let isWanted: boolean;
  let tail: EventTail;
  let lastSeq: () => Promise<number>;

  beforeEach(() => {
    [written, heard, reads, isWanted] = [[], [], 0, true];
    lastSeq = () => Promise.resolve(Math.max(0, ...written));
  });
  afterEach(() => tail.stop());

  function eventOf(seq: number): AppEvent {
    const sessionId = String(seq);
    return { name: 'statuses-updated', organizationId: 'default', sessionId, payload: { sessionId } };
  }
  function newTail(gapWaitMs: number): EventTail {
    tail = new EventTail({
      store: {
        lastSeq: () => lastSeq(),
        listOfOthers: (from, _origin, limit) => {
          reads += 1;
          const page = written.filter((seq) => seq > from).slice(0, limit);
          return Promise.resolve(page.map((seq) => ({ seq, event: eventOf(seq) })));
        },
      },
      origin: 'here',
      isWanted: () => isWanted,
      deliver: ({ sessionId }) => heard.push(Number(sessionId)),
      logger: createLogger({ logLevel: 'silent' }),
      everyMs: 1,
      gapWaitMs,
    });
    return tail;
  }
  const hears = (...numbers: number[]): Promise<void> => eventually(() => assert.deepEqual(heard, numbers));
  async function turns(count: number): Promise<void> {
    const before = reads;
    await eventually(() => reads >= before + count);
  }

  it('come a page at a time, without waiting for it', async () => {
    await newTail(1_000_000).start();
    const numbers = Array.from({ length: 1_200 }, (_none, index) => index + 2);
    written.push(...numbers);
    await eventually(() => assert.equal(heard.length, numbers.length));
    assert.deepEqual(heard, numbers);
    assert.ok(reads < 100, `${String(reads)} reads`);
  });

  it('are not lost when somebody comes while the newest number is asked for', async () => {
    isWanted = false;
    await newTail(1).start();
    const asked: ((seq: number) => void)[] = [];
    lastSeq = () => new Promise((resolve) => asked.push(resolve));
    await eventually(() => assert.equal(asked.length, 1));
    isWanted = true;
    written.push(1);
    asked[0]?.(1);
    await hears(1);
  });

  it('come once, also when nobody listened for a while in between', async () => {
    const gapWaitMs = 100;
    await newTail(gapWaitMs).start();
    written.push(2);
    await hears(2);
    isWanted = false;
    let looked = 0;
    const newest = lastSeq;
    lastSeq = () => {
      looked += 1;
      return newest();
    };
    await eventually(() => looked >= 2);
    isWanted = true;
    written.push(3);
    await hears(2, 3);
    const heardAt = performance.now();
    await eventually(() => performance.now() - heardAt > gapWaitMs);
    await turns(3);
    assert.deepEqual(heard, [2, 3]);
  });

  it('are waited for as long as any, though another number was missing before', async () => {
    let nowMs = 0;
    const time = mock.method(performance, 'now', () => nowMs);
    try {
      await newTail(1_000).start();
      written.push(2);
      await hears(2);
      nowMs = 900;
      written.push(1, 4);
      await hears(2, 1, 4);
      nowMs = 1_800;
      await turns(3);
      written.push(3);
      await hears(2, 1, 4, 3);
      nowMs = 1_900;
      written.push(6);
      await hears(2, 1, 4, 3, 6);
      nowMs = 2_900;
      await turns(3);
      // This one lasted too long, and nothing before it is asked for again.
      written.push(5);
      await turns(3);
      assert.deepEqual(heard, [2, 1, 4, 3, 6]);
    } finally {
      time.mock.restore();
    }
  });

  it('are waited for anew after one was filled, given up, or left while nobody listened', async () => {
    let nowMs = 0;
    const time = mock.method(performance, 'now', () => nowMs);
    try {
      await newTail(1_000).start();
      written.push(2);
      await hears(2);
      written.push(1);
      await hears(2, 1);
      nowMs = 5_000;
      written.push(4);
      await turns(3);
      written.push(3);
      await hears(2, 1, 4, 3);
      nowMs = 6_000;
      written.push(6, 8);
      await turns(3);
      nowMs = 7_000;
      await turns(3);
      written.push(5, 7);
      await hears(2, 1, 4, 3, 6, 8, 7);
      written.push(10);
      await turns(3);
      isWanted = false;
      let looked = 0;
      lastSeq = () => Promise.resolve((looked += 1) && 10);
      await eventually(() => looked >= 2);
      nowMs = 20_000;
      isWanted = true;
      written.push(12);
      await turns(3);
      written.push(11);
      await hears(2, 1, 4, 3, 6, 8, 7, 10, 12, 11);
    } finally {
      time.mock.restore();
    }
  });

  it('come once after it was given up', async () => {
    await newTail(1).start();
    written.push(2, 3);
    await hears(2, 3);
    await turns(10);
    written.push(4, 6);
    await hears(2, 3, 4, 6);
    await turns(10);
    assert.deepEqual(heard, [2, 3, 4, 6]);
  });
});

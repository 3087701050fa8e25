import assert from 'node:assert/strict';
import { forgettingOf } from '../../server/forgetting.js';
import { coreOn } from '../support/core.js';
import { SetClock } from '../support/open-services.js';

const now = 1_000_000;

describe('what is forgotten by its age', () => {
  it('goes by its own setting, each kind, and stays for ever where that says so', async () => {
    const core = coreOn({} as never, new SetClock(new Date(now)));
    const kinds = ['events', 'viewers', 'unknownReceipts', 'replyFiles', 'replies', 'posts', 'erasures'] as const;
    const ages = Object.fromEntries(kinds.map((kind, index) => [`${kind}Ms`, (index + 1) * 1_000]));
    const told: Record<string, number> = {};
    const forget = (kind: string) => (before: number) => {
      told[kind] = now - before;
      return Promise.resolve(0);
    };
    const nothing = () => Promise.resolve(0);
    const needs = {
      events: { forgetBefore: forget('events') },
      idempotency: { forgetOld: nothing },
      access: { apiKeys: { prune: nothing }, signIns: { prune: nothing } },
      viewers: { forgetPeople: forget('viewers'), forgetUnknown: forget('receipts') },
      replies: { forgetFilesBefore: forget('files of replies'), forgetBefore: forget('replies') },
      schedules: { forgetTimesBefore: forget('times of schedules') },
      broadcasts: { forgetBefore: forget('broadcasts') },
      gateway: { forgetOldMessages: nothing },
      erasing: { finishAll: nothing, forgetSurplus: nothing, forgetBefore: forget('erasures') },
      oldPosts: { forgetBefore: forget('posts') },
    };
    const keeping = (keep: object) => ({ ...core, config: { ...core.config, keep: { ...core.config.keep, ...keep } } });
    await forgettingOf(keeping(ages), needs as never).runOnce();
    assert.deepEqual(told, {
      events: 1_000,
      viewers: 2_000,
      receipts: 3_000,
      'files of replies': 4_000,
      replies: 5_000,
      posts: 6_000,
      broadcasts: 6_000,
      'times of schedules': 6_000,
      erasures: 7_000,
    });
    for (const kind of Object.keys(told)) Reflect.deleteProperty(told, kind);
    const other = coreOn({} as never, new SetClock(new Date(now)));
    const forEver = Object.fromEntries(Object.keys(ages).map((name) => [name, Infinity]));
    await forgettingOf({ ...keeping(forEver), health: other.health }, needs as never).runOnce();
    assert.deepEqual(told, {});
  });
});

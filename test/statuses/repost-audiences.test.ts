import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { repostStatusBodySchema, type StatusAudience } from '../../server/contract/statuses.js';
import { noPlan } from '../../server/statuses/plan.js';
import { RepostsService } from '../../server/statuses/reposts-service.js';
import type { PostRequest, SendOptions } from '../../server/statuses/accepting-service.js';
import type { StatusRecord } from '../../server/statuses/status.js';

const place = { sessionId: 'acc1', statusId: 'S1' };

describe('the people of a status that is posted again', () => {
  let asked: { post: PostRequest; options: SendOptions } | undefined;
  const repost = async (record: Partial<StatusRecord>, body: object = {}) => {
    asked = undefined;
    const nothing = { media: null, plan: noPlan, audience: null, peopleForgottenAt: null };
    const whole = { id: 'S1', state: 'sent', ...nothing, ...record } as StatusRecord;
    const service = new RepostsService(
      { getRecord: () => Promise.resolve(whole) },
      {
        sendContents: (_principal, _sessionId, post, _contentsFor, options) => {
          asked = { post, options };
          return Promise.resolve({} as never);
        },
      },
      { contentOf: () => Promise.resolve(undefined) },
      { listAddresses: () => Promise.resolve([{ phoneNumber: '491700000001', lid: null }]) },
    );
    await service.repost(rootPrincipal, place, repostStatusBodySchema.parse(body), { waitMs: 0 });
    return (asked as { post: PostRequest } | undefined)?.post.audience;
  };
  const audience = (more: Partial<StatusAudience>): { audience: StatusAudience } => ({
    audience: { kind: 'contacts', excluded: 0, storyPrivacy: 'ignore', ...more },
  });
  const except = { numbers: 0, listIds: ['L1'], tags: ['vip'] };

  it('are chosen as they were, with what was excepted and whether the phone’s list counts', async () => {
    const rest = { storyPrivacy: 'ignore', except: { listIds: ['L1'], tags: ['vip'] } };
    assert.deepEqual(await repost(audience({ except })), { kind: 'contacts', ...rest });
    assert.deepEqual(await repost(audience({ kind: 'list', listId: 'L2', except })), {
      kind: 'list',
      listId: 'L2',
      ...rest,
    });
    const segment = { type: 'viewed', days: 7 } as const;
    assert.deepEqual(await repost(audience({ kind: 'segment', segment, except })), {
      kind: 'segment',
      segment,
      ...rest,
    });
    const numbers = ['491700000001'];
    assert.deepEqual(await repost(audience({ kind: 'numbers', except })), { kind: 'numbers', numbers, ...rest });
    assert.deepEqual(await repost(audience({ kind: 'self' })), { kind: 'self' });
    assert.deepEqual(await repost({}), { kind: 'numbers', numbers, storyPrivacy: 'apply' });
    const chosenAudience = { kind: 'contacts', storyPrivacy: 'apply' } as const;
    assert.deepEqual(await repost({ ...audience({}), plan: { ...noPlan, chosenAudience } }), chosenAudience);
    assert.equal(asked?.options.plan?.repostOf, 'S1');
  });

  it('have to be named anew where somebody was excepted by number: nobody knows any more who', async () => {
    const excepting = audience({ except: { ...except, numbers: 1 } });
    await assert.rejects(repost(excepting), { code: 'conflict' });
    assert.equal(await repost(excepting, { targetNumbers: ['491700000002'] }), undefined);
    assert.deepEqual((asked as { post: PostRequest } | undefined)?.post.targetNumbers, ['491700000002']);
  });

  it('wait for the first to be out', async () => {
    for (const state of ['scheduled', 'queued', 'sending'] as const) {
      await assert.rejects(repost({ state }), { code: 'conflict' });
    }
  });
});

import assert from 'node:assert/strict';
import type { AcceptingService } from '../../server/statuses/accepting-service.js';
import type { PostContent, StatusContents } from '../../server/statuses/status-contents.js';
import { ExperimentsService } from '../../server/experiments/experiments-service.js';
import { validationError } from '../../server/lib/app-error.js';
import { SetClock } from '../support/open-services.js';

type Args = Parameters<AcceptingService['sendContents']>;
const principal = {} as Args[0];

/** Where a text asks for it, it cannot be read, or goes out in two parts. */
const contentsOf = ((_principal, _session, { content }) => {
  if (content === 'wrong') return Promise.reject(validationError('content', 'This file is a video.'));
  const one = { content } as PostContent;
  return Promise.resolve<[PostContent, ...PostContent[]]>(content === 'long' ? [one, one] : [one]);
}) as StatusContents['contentsOf'];

/** What comes of a test with these texts: what is refused of them, or how many contents there are. */
async function tryVersions(...texts: string[]): Promise<{ message: string; fields?: unknown }> {
  const accepting = {
    sendContents: async (...[, , , contentsFor]: Args): Promise<never> => {
      const { length } = await contentsFor({} as Parameters<typeof contentsFor>[0], 2);
      throw new Error(`${String(length)} contents`);
    },
  };
  const statuses = {} as ConstructorParameters<typeof ExperimentsService>[0]['statuses'];
  const experiments = new ExperimentsService({
    accepting,
    contents: { contentsOf },
    statuses,
    clock: new SetClock(new Date(0)),
  });
  const versions = texts.map((content) => ({ type: 'text' as const, content }));
  try {
    await experiments.create(principal, 'acc1', { versions }, () => Promise.reject(new Error('Nothing is kept.')));
  } catch (error) {
    const { message, details } = error as Error & { details?: { fields?: unknown } };
    return details ? { message, fields: details.fields } : { message };
  }
  throw new Error('It was accepted.');
}

describe('an A/B test with a version that cannot be posted', () => {
  it('is refused with the name of that version, in words and in its fields', async () => {
    assert.deepEqual(await tryVersions('cake', 'bread'), { message: '2 contents' });
    for (const [texts, name, index] of [
      [['wrong', 'bread'], 'A', 0],
      [['cake', 'wrong'], 'B', 1],
    ] as const) {
      const { message, fields } = await tryVersions(...texts);
      assert.equal(message, `Version ${name}: This file is a video.`);
      assert.deepEqual(Object.keys(fields as object), [`versions.${String(index)}.content`]);
    }
  });

  it('is refused where one would go out in several parts', async () => {
    assert.match((await tryVersions('cake', 'long')).message, /^Version B: This would go out in 2 parts/);
  });
});

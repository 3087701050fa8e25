import assert from 'node:assert/strict';
import { missingListWords } from '../../public/src/compose/audience/reach-words.js';

describe('what is said of a phone’s list that is not known yet', () => {
  const names = new Map([
    ['acc1', 'Bakery'],
    ['acc2', 'Café'],
  ]);
  const known = { preview: { note: null } };
  const unknown = { preview: { note: { code: 'story_privacy_unknown' as const, message: 'In English' } } };

  it('is nothing where all are known', () => {
    assert.equal(missingListWords([{ sessionId: 'acc1', ...known }], names), null);
  });

  it('names the account where there are several', () => {
    const words = missingListWords(
      [
        { sessionId: 'acc1', ...known },
        { sessionId: 'acc2', ...unknown },
      ],
      names,
    );
    assert.match(words ?? '', /the phone of Café hides/);
    assert.match(missingListWords([{ sessionId: 'acc2', ...unknown }], names) ?? '', /the phone hides/);
  });
});

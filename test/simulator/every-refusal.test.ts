import { deepEqual, ok } from 'node:assert/strict';
import { comparedWith, isRead, refusalSentences } from './refusal-sentences.js';

describe('the simulator’s refusals', () => {
  it('each have a test that sends the wrong thing and reads the sentence', () => {
    const sentences = refusalSentences();
    ok(sentences.length > 150, `only ${sentences.length} sentences were found`);
    const expressions = comparedWith();
    const unread = sentences.filter(({ sentence }) => !isRead(sentence, expressions));
    deepEqual(
      unread.map(({ sentence, file }) => `${file}: ${sentence.trim()}`),
      [],
    );
  });
});

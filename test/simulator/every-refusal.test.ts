import { deepEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { comparedWith, isRead, refusalSentences } from './refusal-sentences.js';

/** Sentences whose refusal is tested by its rule or its answer alone, or not yet. The list may only become shorter. */
const LISTED = new URL('./refusals-without-a-sentence.txt', import.meta.url);

describe('the simulator’s refusals', () => {
  it('each have a test that sends the wrong thing and reads the sentence, but for those that are listed', () => {
    const sentences = refusalSentences();
    ok(sentences.length > 80, `only ${sentences.length} sentences were found`);
    const expressions = comparedWith();
    const untested = sentences.filter(({ sentence }) => !isRead(sentence, expressions));
    const found = new Set(untested.map(({ sentence, file }) => `${file}: ${sentence.trim()}`));
    deepEqual([...found].sort(), readFileSync(LISTED, 'utf8').trimEnd().split('\n'));
  });
});

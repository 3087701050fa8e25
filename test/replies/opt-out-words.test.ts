import assert from 'node:assert/strict';
import { defaultOptOutWords, wordKey } from '../../server/replies/opt-out-words.js';

describe('words that opt out', () => {
  const isOneOf = (text: string) => defaultOptOutWords.some((word) => wordKey(word) === wordKey(text));

  it('are known with the emoji that phones add, however these are drawn', () => {
    for (const text of ['STOP❗️', '❗️❗️ Stop ❗️', 'stop ‼️', 'Stop☝️', 'stop.❤️', 'STOP ✋🏽', 'stop *️⃣', 'Стоп 🙅🏻‍♀️']) {
      assert.ok(isOneOf(text), text);
    }
  });

  it('are known with and without the points of their vowels', () => {
    for (const text of ['הָסֵר', 'הסר', 'تَوَقَّفْ', 'توقف', 'ايقاف']) assert.ok(isOneOf(text), text);
  });

  it('are no part of something else, nor another word of an Indian script', () => {
    for (const text of ['STOP 1️⃣', 'nonstop', 'stop it', 'रोके', 'बंद कर', '❗️', '']) assert.ok(!isOneOf(text), text);
  });
});

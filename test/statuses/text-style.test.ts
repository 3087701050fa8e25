import assert from 'node:assert/strict';
import { completeStyle, textContent } from '../../server/statuses/text-style.js';

describe('the style of a text status', () => {
  it('writes dark on white and white on the default background', () => {
    assert.equal(completeStyle({ backgroundColor: '#FFFFFF' }).textColor, '#1B1B1B');
    assert.deepEqual(completeStyle({}), { backgroundColor: '#1F6F5C', textColor: '#FFFFFF', font: 'system' });
  });

  it('keeps the colours that were asked for, even when they are hard to read', () => {
    const style = completeStyle({ backgroundColor: '#FFFFFF', textColor: '#FFFFFE' });
    assert.equal(style.textColor, '#FFFFFE');
  });

  it('turns the font name into its number on the wire', () => {
    assert.deepEqual(textContent('hi', { font: 'courier-prime', backgroundColor: '#000000' }), {
      type: 'text',
      text: 'hi',
      backgroundColor: '#000000',
      textColor: '#FFFFFF',
      font: 10,
    });
  });
});

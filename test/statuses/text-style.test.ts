import assert from 'node:assert/strict';
import { proto } from '@whiskeysockets/baileys';
import { statusFonts } from '../../server/contract/statuses.js';
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

  it('writes white as long as that can be read, by how bright each colour is to the eye', () => {
    for (const [backgroundColor, isWhite] of [
      // The lightest grey on which white has a contrast of 3:1, and the next one.
      ['#949494', true],
      ['#959595', false],
      ['#000000', true],
      ['#FF0000', true],
      ['#0000FF', true],
      ['#00FF00', false],
      ['#FFFF00', false],
      ['#FFA500', false],
    ] as const) {
      assert.equal(completeStyle({ backgroundColor }).textColor, isWhite ? '#FFFFFF' : '#1B1B1B', backgroundColor);
    }
  });

  it('knows every font by the number that WhatsApp gives it', () => {
    const { FontType } = proto.Message.ExtendedTextMessage;
    const named = Object.entries(statusFonts).map(([name, number]) => [name, FontType[number]]);
    assert.deepEqual(Object.fromEntries(named), {
      system: 'SYSTEM',
      'system-text': 'SYSTEM_TEXT',
      script: 'FB_SCRIPT',
      'system-bold': 'SYSTEM_BOLD',
      'morning-breeze': 'MORNINGBREEZE_REGULAR',
      calistoga: 'CALISTOGA_REGULAR',
      'exo-2': 'EXO2_EXTRABOLD',
      'courier-prime': 'COURIERPRIME_BOLD',
    });
  });
});

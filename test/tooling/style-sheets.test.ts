import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** They draw a phone and what it shows, in proportions of their own. */
const ofTheirOwn = ['post-look/phone-preview.module.css', 'posts/status-tile.module.css'];

/** Lengths that are sizes of text, corners or gaps; 0, round corners and a size that follows the width are not on the scales. */
const offScale =
  /(?:font-size|border-radius|(?:row-|column-)?gap): (?!0;|50%|99px|clamp\()[^;]*\b\d+(?:\.\d+)?(?:px|rem)[^;]*;/g;

/** What a style sheet says of sizes without a token of the scales in app/styles.css. */
function sizesOffScale(css: string): string[] {
  return css.match(offScale) ?? [];
}

describe('the style sheets of the dashboard', () => {
  const folder = path.join('public', 'src');
  const sheets = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.module.css'),
  );

  it('take their sizes from the scales', () => {
    assert.ok(sheets.length > 40);
    for (const sheet of sheets.filter((file) => !ofTheirOwn.includes(file))) {
      assert.deepEqual(sizesOffScale(readFileSync(path.join(folder, sheet), 'utf8')), [], sheet);
    }
  });

  it('would be noticed beside the scales', () => {
    for (const line of ['font-size: 0.9rem;', 'border-radius: 12px;', 'gap: 8px var(--sc-gap-md);', 'row-gap: 3px;']) {
      assert.equal(sizesOffScale(line).length, 1, line);
    }
    for (const line of ['font-size: var(--sc-text-md);', 'border-radius: 50%;', 'gap: 0 var(--sc-gap-xs);']) {
      assert.deepEqual(sizesOffScale(line), [], line);
    }
  });
});

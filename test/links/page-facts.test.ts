import assert from 'node:assert/strict';
import { readPageFacts } from '../../server/links/page-facts.js';

describe('what a page says of itself', () => {
  it('prefers what was written for previews', async () => {
    const facts = await readPageFacts(`<!doctype html><html><head>
      <title>Shop – Home</title><meta name="description" content="For search results">
      <meta name="twitter:title" content="Tweeted"><meta property="og:title" content="Summer &amp; sale &#x1F31E;">
      <meta property="OG:Description" content=" Everything
        must   go "><meta property="og:image" content="/sun.png"></head></html>`);
    assert.deepEqual(facts, {
      title: 'Summer & sale 🌞',
      description: 'Everything must go',
      images: ['/sun.png'],
      base: '',
    });
  });

  it('takes the title and the description of a page that was not written for previews', async () => {
    const facts = await readPageFacts(
      '<svg><title>An icon</title></svg><title>The &lt;page&gt;</title><meta name=description content=Short>' +
        '<link rel=image_src href=a.jpg><title>Another</title>',
    );
    assert.deepEqual(facts, { title: 'The <page>', description: 'Short', images: ['a.jpg'], base: '' });
  });

  it('goes on when a page says nothing, or leaves the better words empty', async () => {
    for (const html of ['', 'plain words', '<html', '<title></title>', '<meta>', '\u0000<meta property=og:title>']) {
      assert.deepEqual(await readPageFacts(html), { title: '', description: '', images: [], base: '' }, html);
    }
    assert.equal((await readPageFacts('<meta property=og:title content=" "><title>Yes</title>')).title, 'Yes');
  });

  it('names all its pictures, each once, and what they are relative to', async () => {
    const facts = await readPageFacts(
      '<base target=_top><base href="/a/"><base href="/b/"><title>T</title>' +
        ['3', '1', '1', '2', '4', '5', '6'].map((name) => `<meta property=og:image content=${name}.png>`).join('') +
        '<meta property=og:image:secure_url content="best.png">',
    );
    assert.deepEqual(facts.images, ['best.png', '3.png', '1.png', '2.png']);
    assert.equal(facts.base, '/a/');
  });

  it('is not led to text that runs the wrong way, breaks lines or never ends', async () => {
    const { title } = await readPageFacts(`<title>a\u202Eb\u2066c\u0007d\ne</title>`);
    assert.equal(title, 'a b c d e');
    const long = await readPageFacts(`<title>${'👍'.repeat(5_000)}</title>`);
    assert.match(long.title, /^👍{99}…$/u);
    const fits = 'x'.repeat(200);
    assert.equal((await readPageFacts(`<title>${fits}</title>`)).title, fits);
  });

  it('is nothing where no eye would see it, and has no mark where a character could not be read', async () => {
    const unseen = '<meta property=og:title content="\u200b\u2060"><meta property=og:description content="\u00ad">';
    const { title, description } = await readPageFacts(`${unseen}<title>Fresh\ufffdbread&#0;</title>`);
    assert.deepEqual([title, description], ['Fresh bread', '']);
  });

  it('is read down to where browsers stop, and as soon where nesting has no end', async () => {
    assert.equal((await readPageFacts(`${'<div>'.repeat(300)}<title>Deep</title>`)).title, 'Deep');
    // Behind half a megabyte of this, the parser would need a minute for the rest.
    const { title } = await readPageFacts(
      `<title>Top</title>${'<b>'.repeat(200_000)}<meta property=og:title content=x>`,
    );
    assert.equal(title, 'Top');
  });

  it('lets other work go on while it reads a large page', async () => {
    const html = `<title>Large</title>${'<div class="x"><p>text</p></div>'.repeat(30_000)}`;
    let turns = 0;
    let isRead = false;
    const watch = (): void => {
      turns += 1;
      if (!isRead) setImmediate(watch);
    };
    setImmediate(watch);
    assert.equal((await readPageFacts(html)).title, 'Large');
    isRead = true;
    assert.ok(turns > 5, `${String(turns)} turns of the event loop`);
  });
});

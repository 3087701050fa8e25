import assert from 'node:assert/strict';
import { publicAddressOf } from '../../server/lib/public-url.js';
import { AppError } from '../../server/lib/app-error.js';
import { ShortAddresses } from '../../server/links/short-addresses.js';
import { LinkMaker } from '../../server/statuses/link-maker.js';
import { publicLinks, shownTexts, type LinkRule } from '../../server/statuses/status-links.js';
import { newStatuses } from '../../server/statuses/new-statuses.js';
import { nobodyResolved } from '../../server/audiences/audiences-service.js';
import type { LinkFields } from '../../server/contract/clicks.js';
import type { Session } from '../../server/contract/sessions.js';
import { StatusContents, type PostContent } from '../../server/statuses/status-contents.js';

const nothing: LinkRule = { track: false, utm: {} };
const session = { sessionId: 'acc1', organizationId: 'default', connected: true } as Session;

function statuses(...contents: [Partial<PostContent>, ...Partial<PostContent>[]]) {
  const plain: PostContent = { type: 'text', content: 'x', caption: null, style: {}, media: null, preview: null };
  const whole = (part: Partial<PostContent>): PostContent => ({ ...plain, ...part });
  const [first, ...rest] = contents;
  const chosen = { audience: { kind: 'self' as const }, resolved: nobodyResolved };
  const post = { id: 'S1', session, chosen, peopleCounts: [0], dueAt: undefined, plan: {}, createdBy: 'test' };
  return newStatuses({ ...post, contents: [whole(first), ...rest.map(whole)] }, 1, () => '3EB0');
}

function refusal(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error.details?.['fields'];
  }
  return 'nothing was refused';
}

describe('the links of posts', () => {
  const maker = (publicUrl = 'https://cast.example', defaults: LinkRule = nothing) =>
    new LinkMaker(new ShortAddresses(publicAddressOf(publicUrl)), defaults);
  const link = (
    content: Partial<PostContent>,
    fields: LinkFields,
    values: Record<string, string> = {},
    of = maker(),
  ) => {
    const [status] = of.link(statuses(content), fields, values);
    return { ...publicLinks(status.links), seen: shownTexts(status), status };
  };
  const text = 'See https://a.example/1 and https://a.example/1.';

  it('stay as they are where nobody asks', () => {
    const { seen, links, trackLinks } = link({ content: text }, {});
    assert.deepEqual([seen.content, links, trackLinks], [text, [], false]);
  });

  it('have each its own short address, and stand where they stood', () => {
    const { seen, links } = link({ content: text }, { trackLinks: true });
    const [first, second] = links;
    assert.ok(first && second);
    assert.notEqual(first.shown, second.shown);
    assert.equal(seen.content, `See ${first.shown} and ${second.shown}.`);
    assert.deepEqual(
      links.map(({ url, target, position }) => [position, url, target]),
      [0, 1].map((position) => [position, 'https://a.example/1', 'https://a.example/1']),
    );
  });

  it('are found in captions, and are the whole content of a link status', () => {
    const url = 'https://a.example/no,this.is!(one)';
    const { seen, links } = link({ type: 'url', content: url, caption: 'and www.b.de/x' }, { trackLinks: true });
    assert.deepEqual(
      links.map((one) => one.url),
      ['https://www.b.de/x', url],
    );
    assert.deepEqual([seen.caption, seen.content], [`and ${String(links[0]?.shown)}`, links[1]?.shown]);
    const picture = link({ type: 'image', content: 'www.file.de/x.jpg', caption: text }, { trackLinks: true });
    assert.deepEqual([picture.links.length, picture.seen.content], [2, 'www.file.de/x.jpg']);
  });

  it('get UTM parameters without being counted, with what is known of the post', () => {
    const utm = { source: '{{account}}', campaign: '{{status}}-{{session}}', term: '' };
    const { seen, status } = link({ content: 'https://a.example' }, { utm }, { account: 'Bäckerei', session: 'acc1' });
    assert.equal(seen.content, 'https://a.example?utm_source=B%C3%A4ckerei&utm_campaign=S1-acc1');
    assert.deepEqual(status.links?.rule, {
      track: false,
      utm: { ...utm, source: 'Bäckerei', campaign: '{{status}}-acc1' },
    });
  });

  it('that are short addresses already are left alone', () => {
    const own = 'https://cast.example/l/AAAAAAAAAAAA';
    const { seen, links } = link({ content: `${own} https://a.example` }, { trackLinks: true, utm: { source: 'w' } });
    assert.equal(seen.content, `${own} ${String(links[0]?.shown)}`);
    assert.deepEqual(
      refusal(() => link({ content: own }, { trackLinks: true })),
      {
        trackLinks:
          'There is no link in the post whose clicks could be counted. Write one with https://, or leave out "trackLinks".',
      },
    );
  });

  it('go by the settings where the post says nothing, and by the post where it does', () => {
    const defaults = maker('https://cast.example', { track: true, utm: { source: 'w' } });
    const content = 'https://a.example';
    assert.equal(link({ content }, {}, {}, defaults).links[0]?.target, 'https://a.example?utm_source=w');
    assert.deepEqual(link({ content: 'none' }, {}, {}, defaults).links, []);
    assert.equal(link({ content }, { utm: {} }, {}, defaults).links[0]?.target, content);
    assert.deepEqual(link({ content }, { trackLinks: false }, {}, defaults).links, []);
  });

  it('are counted in a series when one of its posts has one', () => {
    const linked = maker().link(
      statuses({ content: 'no' }, { content: 'https://a.example' }),
      { trackLinks: true },
      {},
    );
    assert.deepEqual(
      linked.map(({ links }) => links?.found.length),
      [0, 1],
    );
  });

  it('are refused in words where counting is not possible', () => {
    const ask = (content: string, fields: LinkFields, publicUrl?: string) =>
      refusal(() => link({ content }, fields, {}, maker(publicUrl)));
    assert.match(JSON.stringify(ask(text, { trackLinks: true }, '')), /"trackLinks":".*PUBLIC_URL is not set/);
    assert.match(
      JSON.stringify(ask(text, { trackLinks: true }, 'http://10.0.0.1')),
      /phones cannot reach .* 10\.0\.0\.1/,
    );
    assert.match(JSON.stringify(ask('bread.de', { trackLinks: true })), /There is no link/);
    assert.match(JSON.stringify(ask('https://a.example', { utm: { term: '{{price}}' } })), /"utm":".*\{\{price\}\}/);
    const many = Array.from({ length: 21 }, () => 'www.b.de').join(' ');
    assert.match(JSON.stringify(ask(many, { trackLinks: true })), /at most 20 links of a post; this has 21/);
  });

  it('may make a text too long for phones, which is said', () => {
    const content = `${'x'.repeat(669)} https://www.a.de/xxxxxxxxxxxxx`;
    assert.equal(content.length, 700);
    assert.match(
      JSON.stringify(refusal(() => link({ content }, { trackLinks: true }))),
      /"content":"With its links .* 705 .* 700/,
    );
    const caption = `${'x'.repeat(1_000)} www.b.de`;
    const fields = { utm: { source: 'whatsapp' } };
    assert.match(JSON.stringify(refusal(() => link({ type: 'image', caption }, fields))), /"caption":"With its links/);
    assert.equal(
      link({ content: `${'x'.repeat(600)} https://a.de/${'y'.repeat(80)}` }, { trackLinks: true }).links.length,
      1,
    );
  });

  it('say in the preview of a link status whose page they lead to, since phones name this server beneath it', async () => {
    const nothingKept = { add: () => Promise.resolve(), drop: () => Promise.resolve() };
    const none = { take: () => Promise.reject(new Error('no file')), load: () => Promise.resolve(undefined) };
    const contents = new StatusContents(none, nothingKept);
    const shownOf = async (description: string | null, fields: LinkFields) => {
      const preview = { title: 'Offer', description, thumbnail: null };
      const { status, links } = link({ type: 'url', content: 'https://bread.example/offer', preview }, fields);
      const content = await contents.load(status);
      assert.ok(content?.type === 'link');
      assert.deepEqual([content.url, content.text], [links[0]?.shown, links[0]?.shown]);
      return [content.preview?.title, content.preview?.description];
    };
    assert.deepEqual(await shownOf('Cheap', { trackLinks: true }), ['Offer', 'bread.example · Cheap']);
    assert.deepEqual(await shownOf(null, { trackLinks: true }), ['Offer', 'bread.example']);
    assert.deepEqual(await shownOf('Cheap', { utm: { source: 'w' } }), ['Offer', 'Cheap']);
  });
});

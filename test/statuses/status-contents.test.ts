import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Session } from '../../server/contract/sessions.js';
import { sendStatusBodySchema } from '../../server/contract/statuses.js';
import { AppError, validationError } from '../../server/lib/app-error.js';
import type { UploadRecord } from '../../server/media/upload.js';
import type { Showing } from '../../server/media/named-upload.js';
import { StatusContents, type LinkTarget, type PostContent } from '../../server/statuses/status-contents.js';
import type { StatusRecord } from '../../server/statuses/status.js';

const session = { sessionId: 'acc1', organizationId: 'acme' } as Session;
const page = 'https://example.com/offer';

function fileOf(filename: string, changes: Partial<UploadRecord> = {}): UploadRecord {
  return {
    filename,
    organizationId: 'acme',
    sessionId: null,
    kind: 'image',
    name: 'a file',
    tags: [],
    mimeType: 'image/jpeg',
    bytes: 10,
    width: 4,
    height: 3,
    durationMs: null,
    thumbnail: null,
    thumbnailBytes: 0,
    preview: Buffer.from('small'),
    waveform: null,
    backgroundColor: null,
    isAnimation: false,
    note: null,
    partOf: null,
    part: null,
    createdBy: 'test',
    createdAt: 1,
    ...changes,
  };
}

describe('what a status shows', () => {
  let taken: unknown[];
  let looked: unknown[];
  let uses: unknown[];

  beforeEach(() => {
    taken = [];
    looked = [];
    uses = [];
  });

  /** A library that gives these files, or refuses. */
  function contentsWith(
    files: readonly UploadRecord[] | Error,
    target: LinkTarget = { result: 'link', preview: null },
  ) {
    const media = {
      take(_principal: unknown, { sessionId }: Session, kind: string, content: string): Promise<UploadRecord[]> {
        taken.push([sessionId, kind, content]);
        return files instanceof Error ? Promise.reject(files) : Promise.resolve([...files]);
      },
      load(filename: string) {
        const record = files instanceof Error ? undefined : files.find((file) => file.filename === filename);
        return Promise.resolve(record && { record, path: `/files/${filename}` });
      },
    };
    const fileUses = {
      add(_tx: unknown, use: object, posts: readonly Showing[]): Promise<void> {
        for (const { content } of posts) uses.push({ filename: content, ...use });
        return Promise.resolve();
      },
      drop: () => Promise.resolve(),
    };
    return new StatusContents(media, fileUses, (url, organizationId) => {
      looked.push([url, organizationId]);
      return Promise.resolve(target);
    });
  }
  const accept = (contents: StatusContents, body: object) =>
    contents.contentsOf(
      rootPrincipal,
      session,
      sendStatusBodySchema.parse({ targetNumbers: ['491700000001'], ...body }),
    );
  const short = ({ type, content, caption, style }: PostContent) => ({ type, content, caption, style });
  const load = (contents: StatusContents, shown: Partial<PostContent>) =>
    contents.load({ caption: null, style: {}, media: null, preview: null, ...shown } as StatusRecord);

  it('is a text in the style that was asked for, without a look at any file', async () => {
    const [shown, ...more] = await accept(contentsWith([]), {
      type: 'text',
      content: page,
      style: { font: 'script', backgroundColor: '#112233' },
    });
    assert.deepEqual(short(shown), {
      type: 'text',
      content: page,
      caption: null,
      style: { font: 'script', backgroundColor: '#112233' },
    });
    assert.deepEqual([more, taken, looked], [[], [], []]);
  });

  it('is a link with its words, its look and the preview of the page, which is read in the name of the organization', async () => {
    const preview = { title: 'Offer', description: null, thumbnail: null } as never;
    const contents = contentsWith([], { result: 'link', preview });
    const style = { backgroundColor: '#112233' };
    const [shown] = await accept(contents, { type: 'url', content: page, caption: 'look', style });
    assert.deepEqual(
      [short(shown), shown.preview, shown.media],
      [{ type: 'url', content: page, caption: 'look', style }, preview, null],
    );
    assert.deepEqual([looked, taken], [[[page, 'acme']], []]);
    const [plain] = await accept(contentsWith([]), { type: 'url', content: page });
    assert.deepEqual([short(plain), plain.preview], [{ type: 'url', content: page, caption: null, style: {} }, null]);
  });

  it('is the picture or video that an address leads to, with the words of the link', async () => {
    for (const kind of ['image', 'video'] as const) {
      taken = [];
      const contents = contentsWith([fileOf('a.jpg', { kind })], { result: 'media', kind });
      const [shown] = await accept(contents, { type: 'url', content: page, caption: 'look' });
      assert.deepEqual(short(shown), { type: kind, content: 'a.jpg', caption: 'look', style: {} });
      assert.equal(shown.media?.filename, 'a.jpg');
      assert.deepEqual(taken, [['acc1', kind, page]]);
    }
  });

  it('stays a link where phones cannot show what is there, and says so where the library cannot take anything', async () => {
    const target = { result: 'media', kind: 'video' } as const;
    const words = 'no';
    for (const refusal of [
      validationError('content', words),
      new AppError('unsupported_media_type', words),
      new AppError('payload_too_large', words),
    ]) {
      const [shown] = await accept(contentsWith(refusal, target), { type: 'url', content: page, caption: 'look' });
      assert.deepEqual(
        [short(shown), shown.preview],
        [{ type: 'url', content: page, caption: 'look', style: {} }, null],
      );
    }
    for (const trouble of [new AppError('unavailable', words), new AppError('conflict', words), new TypeError(words)]) {
      await assert.rejects(accept(contentsWith(trouble, target), { type: 'url', content: page }), trouble);
    }
    const refused = validationError('content', words);
    const file = '1700000000-0123456789abcdef.jpg';
    await assert.rejects(accept(contentsWith(refused), { type: 'image', content: file }), refused);
  });

  it('is every part of a video in its order, with the caption on the first', async () => {
    const parts = ['a', 'b', 'c'].map((name) => fileOf(`${name}.mp4`, { kind: 'video' }));
    const content = '1700000000-0123456789abcdef.mp4';
    const shown = await accept(contentsWith(parts), { type: 'video', content, caption: 'look' });
    assert.deepEqual(
      shown.map((part) => [part.content, part.caption, part.media?.filename]),
      [
        ['a.mp4', 'look', 'a.mp4'],
        ['b.mp4', null, 'b.mp4'],
        ['c.mp4', null, 'c.mp4'],
      ],
    );
  });

  it('is a voice note on the colour that was asked for, or on that of its file', async () => {
    const content = '1700000000-0123456789abcdef.ogg';
    const colored = contentsWith([fileOf('a.ogg', { kind: 'audio', backgroundColor: '#445566' })]);
    const style = { backgroundColor: '#112233' };
    const [asked] = await accept(colored, { type: 'audio', content, style });
    const [own] = await accept(colored, { type: 'audio', content });
    const [none] = await accept(contentsWith([fileOf('a.ogg', { kind: 'audio' })]), { type: 'audio', content });
    assert.deepEqual([asked.style, own.style, none.style], [style, { backgroundColor: '#445566' }, {}]);
  });

  it('is shown again as it was, unless its file is gone', async () => {
    const contents = contentsWith([fileOf('a.jpg')]);
    const text = { type: 'text', content: 'hi', caption: null, style: {}, media: null, preview: null };
    const again = (shown: object) => contents.contentOf({ id: 'S1', state: 'sent', ...shown } as StatusRecord);
    assert.deepEqual(await again(text), text);
    const picture = { ...text, type: 'image', content: 'a.jpg', caption: 'look', media: { filename: 'a.jpg' } };
    assert.deepEqual(await again(picture), picture);
    assert.equal(await again({ ...picture, media: { filename: 'gone.jpg' } }), undefined);
  });

  it('keeps its file, in the name of the status and its account', async () => {
    const contents = contentsWith([]);
    const status = { id: 'S1', organizationId: 'acme', sessionId: 'acc1', media: null };
    await contents.keepFile({} as never, status as StatusRecord);
    assert.deepEqual(uses, []);
    const picture = { ...status, type: 'image', content: 'a.jpg', media: { filename: 'a.jpg' } };
    await contents.keepFile({} as never, picture as StatusRecord);
    assert.deepEqual(uses, [
      { filename: 'a.jpg', kind: 'status', usedBy: 'S1', organizationId: 'acme', sessionId: 'acc1' },
    ]);
  });

  it('goes to WhatsApp as what it is, with what is known of its file', async () => {
    const file = { path: '/files/a', mimeType: 'image/jpeg' };
    const thumbnail = Buffer.from('small');
    const film = { kind: 'video', durationMs: 5_000, isAnimation: true } as const;
    const waveform = Buffer.alloc(64, 7);
    const size = { width: 4, height: 3 };
    const backgroundColor = '#112233';
    const contents = contentsWith([fileOf('a')]);
    assert.deepEqual(await load(contents, { type: 'image', content: 'a', caption: 'look' }), {
      type: 'image',
      file,
      caption: 'look',
      ...size,
      thumbnail,
    });
    assert.deepEqual(await load(contentsWith([fileOf('a', film)]), { type: 'video', content: 'a', caption: 'look' }), {
      type: 'video',
      file,
      caption: 'look',
      ...size,
      thumbnail,
      durationMs: 5_000,
      isAnimation: true,
    });
    const voice = contentsWith([fileOf('a', { kind: 'audio', durationMs: 5_000, waveform })]);
    assert.deepEqual(await load(voice, { type: 'audio', content: 'a', style: { backgroundColor } }), {
      type: 'voice',
      file,
      durationMs: 5_000,
      waveform,
      backgroundColor,
    });
    for (const type of ['image', 'video', 'audio'] as const) {
      assert.equal(await load(contents, { type, content: 'gone' }), undefined);
    }
  });

  it('goes to WhatsApp as a link below its words, in its colours, with the picture of the page', async () => {
    const look = { backgroundColor: '#112233', textColor: '#445566', font: 'script' } as const;
    const contents = contentsWith([]);
    const thumbnail = `data:image/jpeg;base64,${Buffer.from('small').toString('base64')}`;
    const preview = { title: 'Offer', description: 'cheap', thumbnail } as never;
    assert.deepEqual(await load(contents, { type: 'url', content: page, caption: 'look', style: look, preview }), {
      type: 'link',
      text: `look\n${page}`,
      url: page,
      ...look,
      font: 2,
      preview: { title: 'Offer', description: 'cheap', thumbnail: Buffer.from('small') },
    });
    const bare = { title: 'Offer', description: null, thumbnail: null } as never;
    const content = await load(contents, { type: 'url', content: page, preview: bare });
    assert.ok(content?.type === 'link');
    assert.deepEqual([content.text, content.preview], [page, bare]);
    const unknown = await load(contents, { type: 'url', content: page });
    assert.ok(unknown?.type === 'link');
    assert.equal(unknown.preview, null);
  });
});

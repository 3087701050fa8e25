import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../server/lib/app-error.js';
import type { EngineRun, MediaEngine } from '../../server/media-worker/engine/engine.js';
import type { PictureStream, ProbedMedia, SoundStream } from '../../server/media-worker/engine/probed-media.js';
import type { Recipe } from '../../server/media-worker/engine/recipe.js';
import { prepareVideo } from '../../server/media-worker/prepare-video.js';
import { prepareVoice } from '../../server/media-worker/prepare-voice.js';
import { makeTempDir } from '../support/temp-dir.js';

const facts = { codec: 'known', isDecodable: true, isWhole: true, isProtected: false, isDefault: false };
const sound: SoundStream = { ...facts, kind: 'sound', index: 0, startMs: 500, endMs: 10_500 };
const picture: PictureStream = {
  ...facts,
  kind: 'picture',
  index: 1,
  startMs: 0,
  endMs: 10_000,
  isCover: false,
  width: 640,
  height: 360,
  pixelAspect: 1,
  displayMatrix: undefined,
  pictureMs: 40,
  rate: { num: 25, den: 1 },
  pictures: 250,
  hurriedMs: 0,
  colour: { primaries: undefined, transfer: undefined, matrix: undefined },
};
const never = new AbortController().signal;

/** An engine that sees what the test says, and does what it says. */
class ToldEngine implements MediaEngine {
  readonly name = 'embedded';
  readonly version = '0';
  readonly recipes: Recipe[] = [];
  constructor(
    private readonly media: ProbedMedia | undefined,
    private readonly does: (recipe: Recipe, run: EngineRun) => Promise<void> = () => Promise.resolve(),
    private readonly failure?: string,
  ) {}
  probe(): Promise<ProbedMedia | undefined> {
    return Promise.resolve(this.media);
  }
  async run(recipe: Recipe, run: EngineRun) {
    this.recipes.push(recipe);
    await this.does(recipe, run);
    return this.failure === undefined
      ? ({ result: 'done' } as const)
      : ({ result: 'failed', message: this.failure } as const);
  }
}

/** Never done by itself; a signal that ended before ends it too. */
const untilEnded = (_recipe: Recipe, { signal }: EngineRun): Promise<never> =>
  new Promise((_resolve, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });

describe('what preparing may take', () => {
  let dir: string;
  let removeDir: () => Promise<void>;
  beforeEach(async () => {
    ({ dir, remove: removeDir } = await makeTempDir());
  });
  afterEach(() => removeDir());

  const told: number[] = [];
  const jobOf = (changes: { startMs?: number; endMs?: number; signal?: AbortSignal }) => ({
    from: 'given',
    demuxer: 'any',
    folder: dir,
    startMs: 0,
    endMs: undefined,
    signal: never,
    tell: (percent: number) => void told.push(percent),
    ...changes,
  });
  const voice = (
    engine: MediaEngine,
    job: Parameters<typeof jobOf>[0] = {},
    limits = { longestMs: 60_000, timeoutMs: 60_000 },
  ) => prepareVoice(engine, jobOf(job), limits);
  const video = (
    engine: MediaEngine,
    job: Parameters<typeof jobOf>[0] & { isAnimation?: boolean } = {},
    limits: object = {},
  ) =>
    prepareVideo(
      engine,
      { isAnimation: false, ...jobOf(job) },
      { partMs: 60_000, longestMs: 600_000, timeoutMs: 60_000, ...limits },
    );
  const refused = async (work: Promise<unknown>, code: string, sentence: RegExp, cause?: string): Promise<void> => {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof AppError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, sentence);
      if (cause !== undefined) assert.equal((error.cause as Error).message, cause);
      return true;
    });
  };

  it('ends a recording and a film that take too long, in words', async () => {
    const slow = new ToldEngine({ streams: [sound] }, untilEnded);
    await refused(
      voice(slow, {}, { longestMs: 60_000, timeoutMs: 5 }),
      'validation_error',
      /recording is damaged/,
      'it took too long',
    );
    const slowFilm = new ToldEngine({ streams: [picture] }, untilEnded);
    await refused(video(slowFilm, {}, { timeoutMs: 5 }), 'validation_error', /video is damaged/, 'it took too long');
  });

  it('ends with whoever asked, which says nothing of the file', async () => {
    const leaving = new AbortController();
    const ends = (_recipe: Recipe, run: EngineRun): Promise<never> => {
      leaving.abort(new Error('gone'));
      return untilEnded(_recipe, run);
    };
    await assert.rejects(
      voice(new ToldEngine({ streams: [sound] }, ends), { signal: leaving.signal }),
      /^Error: gone$/,
    );
    const film = new ToldEngine({ streams: [picture] }, untilEnded);
    await assert.rejects(video(film, { signal: leaving.signal }), /^Error: gone$/);
  });

  it('is told as what is wrong with a recording', async () => {
    for (const [media, code, sentence] of [
      [undefined, 'validation_error', /damaged/],
      [{ streams: [sound, picture] }, 'unsupported_media_type', /upload-video/],
      [{ streams: [] }, 'unsupported_media_type', /no sound/],
      [{ streams: [{ ...sound, isProtected: true }] }, 'unsupported_media_type', /DRM/],
      [{ streams: [{ ...sound, isDecodable: false, codec: 'odd' }] }, 'unsupported_media_type', /encoded as odd/],
      [{ streams: [{ ...sound, isWhole: false }] }, 'validation_error', /damaged/],
    ] as const) {
      await refused(voice(new ToldEngine(media)), code, sentence);
    }
    const one = { streams: [{ ...picture, isCover: true }, sound] };
    await refused(voice(new ToldEngine(one, undefined, 'bad packet')), 'validation_error', /damaged/, 'bad packet');
    await refused(voice(new ToldEngine(one)), 'validation_error', /damaged/, 'it has no sound');
  });

  it('is the length of a voice note, of which a part may be chosen', async () => {
    const limits = { longestMs: 9_500, timeoutMs: 60_000 };
    const made = async (recipe: Recipe, { onTime, onData }: EngineRun): Promise<void> => {
      const [output] = recipe.outputs;
      await writeFile(output?.kind === 'file' ? output.path : '', 'voice');
      for (const ms of [1_000, 20_000]) onTime?.(ms);
      onData?.(Buffer.alloc(2 * 8_000, 1));
    };
    const engine = new ToldEngine({ streams: [sound] }, made);
    told.length = 0;
    const whole = await voice(engine, {}, limits);
    assert.deepEqual([whole.bytes, whole.durationMs, whole.waveform?.length], [5, 1_000, 64]);
    assert.deepEqual([told, whole.file], [[10, 99], path.join(dir, 'voice.ogg')]);
    await refused(voice(engine, {}, { ...limits, longestMs: 9_499 }), 'payload_too_large', /at most 9 seconds/);
    await voice(engine, { startMs: 1_000, endMs: 3_000 }, { ...limits, longestMs: 2_000 });
    const part = engine.recipes.at(-1);
    assert.equal(part?.input?.seekMs, 1_500);
    assert.match(part.graph, /PTS-1\.500000\/TB.*atrim=end=2\.000000/);
    assert.equal(engine.recipes[0]?.input?.seekMs, undefined);
    await voice(engine, { startMs: 9_000, endMs: 99_000 }, { ...limits, longestMs: 1_000 });
    await refused(voice(engine, { startMs: 10_000 }, limits), 'validation_error', /shorter than that/);
  });

  it('is told as what is wrong with a film', async () => {
    for (const [media, code, sentence] of [
      [undefined, 'validation_error', /damaged/],
      [{ streams: [sound] }, 'unsupported_media_type', /upload-audio/],
      [{ streams: [] }, 'validation_error', /damaged/],
      [{ streams: [{ ...picture, width: 8_192, height: 4_353 }] }, 'payload_too_large', /4K or smaller/],
      [{ streams: [{ ...picture, isProtected: true }, sound] }, 'unsupported_media_type', /DRM/],
    ] as const) {
      await refused(video(new ToldEngine(media)), code, sentence);
    }
    const one = { streams: [picture] };
    await refused(video(new ToldEngine(one, undefined, 'bad packet')), 'validation_error', /damaged/, 'bad packet');
    await refused(video(new ToldEngine(one), { startMs: 10_000 }), 'validation_error', /shorter than that/);
  });

  it('is the length of a film, and of each of its parts', async () => {
    const lengthOfFirst = async (
      job: Parameters<typeof video>[1],
      limits: object,
      streams = [picture, sound] as const,
    ) => {
      const engine = new ToldEngine({ streams: [...streams] }, undefined, 'enough seen');
      await refused(video(engine, job, limits), 'validation_error', /damaged/, 'enough seen');
      return / trim=start=0:end=([\d.]+)/.exec(` ${engine.recipes.at(-1)?.graph.replaceAll(',', ' ') ?? ''}`)?.[1];
    };
    // From the first picture to the last sound.
    assert.equal(await lengthOfFirst({}, {}), '10.500000');
    assert.equal(await lengthOfFirst({}, { partMs: 10_000 }), '10.500000');
    assert.equal(await lengthOfFirst({}, { partMs: 9_999 }), '5.250000');
    assert.equal(await lengthOfFirst({ startMs: 2_000, endMs: 5_000 }, {}), '3.000000');
    assert.equal(await lengthOfFirst({ isAnimation: true }, { partMs: 4_000 }), '4.000000');
    assert.equal(await lengthOfFirst({}, { longestMs: 10_500 }), '10.500000');
    const long = video(new ToldEngine({ streams: [picture, sound] }), {}, { longestMs: 10_499 });
    await refused(long, 'payload_too_large', /longer than 0\.2 minutes/);
  });
});

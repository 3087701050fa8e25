import assert from 'node:assert/strict';
import type { Upload } from '../../server/contract/media.js';
import type { Status } from '../../server/contract/statuses.js';
import { callApi, linkAccount, postAndWait } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { makeFilm, makeGif, makeMedia, makeSong, movingPicture, quarterTurn, turned } from '../support/media-files.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { opened, post, upload } from '../support/media-journey.js';

describe('videos and voice notes, from the upload to the phone of a contact', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { STATUS_MEDIA_SECONDS: '4' } });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  it('a WebM without sound becomes an MP4 that plays at once, with a silent track', async () => {
    const vp8 = { encoder: 'libvpx', options: { deadline: 'realtime', 'cpu-used': '8' } };
    const film = await makeMedia({ format: 'webm', tracks: [{ ...movingPicture(2, { size: '640x360' }), ...vp8 }] });
    const kept = await upload(server, 'video', film);
    assert.match(kept.filename, /\.mp4$/);
    assert.deepEqual([kept.width, kept.height, kept.mimeType], [640, 360, 'video/mp4']);
    const { story, report } = await post(server, simulator, contact, {
      type: 'video',
      content: kept.filename,
      caption: 'x',
    });
    assert.deepEqual(
      [story.type, story.text, story.warnings, report.problems],
      ['video', 'x', [], []],
      JSON.stringify(story),
    );
    const { facts } = report;
    assert.deepEqual([facts.videoCodec, facts.audioCodec, facts.isFaststart], ['avc', 'aac', true]);
    assert.ok(Math.abs((facts.seconds ?? 0) - 2) < 0.3, String(facts.seconds));
    assert.ok(report.thumbnail && report.thumbnail.width > 32);
    assert.ok(story.canBeReshared);
  });

  it('a film of a phone on its side is turned, made smaller and cut to what was chosen', async () => {
    const film = turned(await makeFilm(3, { size: '1920x1080', isFaststart: true }), quarterTurn);
    const kept = await upload(server, 'video', film, { startMs: '500', endMs: '2000' });
    assert.deepEqual([kept.width, kept.height], [720, 1280]);
    assert.ok(Math.abs((kept.durationMs ?? 0) - 1500) < 150, String(kept.durationMs));
    const { report } = await post(server, simulator, contact, { type: 'video', content: kept.filename });
    assert.deepEqual(report.problems, []);
    assert.deepEqual([report.facts.width, report.facts.height, report.facts.orientation], [720, 1280, 0]);
  });

  it('a recording becomes a voice note: Opus, mono, with its waveform, length and colour', async () => {
    const song = await makeSong(2);
    const kept = await upload(server, 'audio', song, { backgroundColor: '#112233' });
    assert.match(kept.filename, /\.ogg$/);
    assert.ok(Math.abs((kept.durationMs ?? 0) - 2000) < 150, String(kept.durationMs));
    const { story, report } = await post(server, simulator, contact, { type: 'audio', content: kept.filename });
    assert.deepEqual([story.type, story.warnings, report.problems], ['voice', [], []]);
    assert.equal((story.backgroundArgb ?? 0) >>> 0, 0xff112233);
    assert.deepEqual([report.facts.audioCodec, report.facts.channels], ['opus', 1]);
    assert.equal(story.waveform?.length, 64);
    assert.ok(Math.max(...(story.waveform ?? [])) === 100);
  });

  it('a moving picture becomes a short video that is shown again and again', async () => {
    const gif = await makeGif(1);
    const kept = await upload(server, 'image', gif);
    assert.deepEqual([kept.kind, kept.note], ['video', 'The moving picture became a short video.']);
    const { story, report } = await post(server, simulator, contact, { type: 'image', content: kept.filename });
    assert.deepEqual([story.type, report.problems], ['video', []]);
  });

  it('a long video is cut into parts of equal length', async () => {
    const film = await makeFilm(9);
    const kept = await upload(server, 'video', film, { name: 'A long one' });
    assert.equal(kept.parts.length, 3);
    assert.equal(kept.parts[0], kept.filename);
    assert.ok(Math.abs((kept.durationMs ?? 0) - 3000) < 150, String(kept.durationMs));
  });

  it('the parts of a long video are posted in order, each when the one before is sent', async () => {
    const { data: uploads } = await callApi<{ data: Upload[] }>(server, 'GET', '/uploads?type=video&search=long');
    const [long] = uploads;
    assert.equal(long?.parts.length, 3);
    const { status } = await post(server, simulator, contact, {
      type: 'video',
      content: long.filename,
      caption: 'Part one',
    });
    assert.equal(status.plan.series?.position, 0);
    const parts = await eventually(
      async () => {
        const { data } = await callApi<{ data: Status[] }>(server, 'GET', '/sessions/acc1/statuses');
        const mine = data.filter(({ plan }) => plan.series?.id === status.plan.series?.id).reverse();
        assert.deepEqual(
          mine.map(({ state }) => state),
          ['sent', 'sent', 'sent'],
        );
        return mine;
      },
      { timeoutMs: 20_000, what: 'all parts to be sent' },
    );
    await simulator.drain();
    assert.deepEqual(
      parts.map(({ content }) => content),
      long.parts,
    );
    const shown = simulator.statuses(contact).map(({ id }) => parts.findIndex(({ messageId }) => messageId === id));
    assert.deepEqual(
      shown.filter((place) => place >= 0),
      [0, 1, 2],
    );
    for (const { messageId } of parts) {
      const { report } = await opened(simulator, contact, messageId);
      assert.deepEqual(report.problems, []);
      assert.ok(Math.abs((report.facts.seconds ?? 0) - 3) < 0.3, String(report.facts.seconds));
    }
  });

  it('when a part cannot go out, those after it do not either, and say why', async () => {
    const { data: uploads } = await callApi<{ data: Upload[] }>(server, 'GET', '/uploads?type=video&search=long');
    simulator.controls.faults.add({ on: 'message', error: '500', onlyStatuses: true, times: 1 });
    const body = { type: 'video', content: uploads[0]?.filename, targetNumbers: [contact] };
    const first = await postAndWait(server, body);
    assert.equal(first.state, 'failed');
    await eventually(
      async () => {
        const { data } = await callApi<{ data: Status[] }>(server, 'GET', '/sessions/acc1/statuses?state=failed');
        const parts = data.filter(({ id, plan }) => plan.series?.id === first.plan.series?.id && id !== first.id);
        assert.deepEqual(
          parts.map(({ error }) => error?.code),
          ['series_stopped', 'series_stopped'],
        );
      },
      { timeoutMs: 15_000, what: 'the other parts to be stopped' },
    );
    await callApi(server, 'POST', '/sessions/acc1/resume-posting').catch(() => undefined);
  });

  it('nothing of it was refused on the wire', () => {
    assert.deepEqual(simulator.refusedRules(), []);
  });
});

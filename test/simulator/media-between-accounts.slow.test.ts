import { equal, match, ok, rejects } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { downloadMediaMessage, type AnyMessageContent, type WAMessage } from '@whiskeysockets/baileys';
import { jpeg, mp4, voiceNote } from '../simulator-media/sample-files.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { fetchTrusting } from './fetch-trusting.js';
import { linkByQr, type PlainClient } from './plain-client.js';

const adaNumber = '4915112345678';
const benNumber = '4915187654321';

describe('media between two accounts, sent and fetched by plain Baileys', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let agent: Agent;
  let ada: PlainClient;
  let ben: PlainClient;

  before(async () => {
    simulator = await startTestSimulator();
    agent = new Agent({ ca: readFileSync(simulator.mediaCaFile) });
    ada = await linkByQr(simulator, { phoneNumber: adaNumber, name: 'Ada' }, { fetchAgent: agent });
    ben = await linkByQr(simulator, { phoneNumber: benNumber, name: 'Ben' }, { fetchAgent: agent });
  });
  after(async () => {
    await Promise.all([ada.close(), ben.close()]);
    agent.destroy();
    await simulator.stop();
  });
  beforeEach(() => simulator.ask('DELETE', '/admin/refusals'));

  const jidOf = (phoneNumber: string): string => `${phoneNumber}@s.whatsapp.net`;

  function fromOthers(client: PlainClient): WAMessage[] {
    return client.messages().filter(({ key, message }) => !key.fromMe && message?.protocolMessage == null);
  }

  /** Sends to a person, or as a status to that person, and gives what the other side then fetched and decrypted. */
  async function exchange(
    from: PlainClient,
    to: { client: PlainClient; phoneNumber: string },
    content: AnyMessageContent,
    as: 'message' | 'status',
  ): Promise<{ bytes: Buffer; message: WAMessage }> {
    const before = fromOthers(to.client).length;
    const jid = jidOf(to.phoneNumber);
    if (as === 'message') await from.socket.sendMessage(jid, content);
    else await from.socket.sendMessage('status@broadcast', content, { statusJidList: [jid] });
    const message = await eventually(
      () => {
        const found = fromOthers(to.client)[before];
        ok(
          found?.message,
          JSON.stringify(to.client.messages().map(({ key, messageStubParameters: [why] = [] }) => [key, why])),
        );
        return found;
      },
      { timeoutMs: 15_000 },
    );
    equal(message.key.remoteJid === 'status@broadcast', as === 'status');
    const bytes = await fetchTrusting(readFileSync(simulator.mediaCaFile), (dispatcher) =>
      downloadMediaMessage(message, 'buffer', { options: { dispatcher } }),
    );
    return { bytes, message };
  }

  for (const as of ['message', 'status'] as const) {
    it(`an image, a video and a voice note arrive as a ${as}, both ways`, async () => {
      const image = await jpeg(320, 200);
      const video = await mp4(1);
      const voice = await voiceNote(1);
      const toBen = { client: ben, phoneNumber: benNumber };
      const toAda = { client: ada, phoneNumber: adaNumber };
      for (const [from, to] of [
        [ada, toBen],
        [ben, toAda],
      ] as const) {
        const picture = await exchange(from, to, { image, caption: 'Blue' }, as);
        ok(picture.bytes.equals(image));
        equal(picture.message.message?.imageMessage?.caption, 'Blue');
        const film = await exchange(from, to, { video, caption: 'Test card', seconds: 1 }, as);
        ok(film.bytes.equals(video));
        equal(film.message.message?.videoMessage?.seconds, 1);
        const note = { audio: voice, ptt: true, seconds: 1, mimetype: 'audio/ogg; codecs=opus' };
        const sound = await exchange(from, to, note, as);
        ok(sound.bytes.equals(voice));
        equal(sound.message.message?.audioMessage?.ptt, true);
      }
      equal(simulator.controls.refusals().total, 0, JSON.stringify(simulator.controls.refusals().refusals));
    });
  }

  it('an upload is refused, and the next one is not', async () => {
    await simulator.ask('POST', '/admin/media/faults', { on: 'upload', status: 500, times: 1 });
    const image = await jpeg();
    await rejects(ada.socket.sendMessage(jidOf(benNumber), { image }), /upload failed/);
    equal(simulator.refusedRules().join(), 'media-fault');
    ok((await exchange(ada, { client: ben, phoneNumber: benNumber }, { image }, 'message')).bytes.equals(image));
  });

  it('an expired upload token is refused with 401, and Baileys gets a new one for the next upload', async () => {
    const image = await jpeg();
    const toBen = { client: ben, phoneNumber: benNumber };
    ok((await exchange(ada, toBen, { image }, 'message')).bytes.equals(image));
    await simulator.ask('POST', '/admin/media/expire-auth');
    await rejects(ada.socket.sendMessage(jidOf(benNumber), { image }), /upload failed/);
    const [refusal] = simulator.controls.refusals().refusals;
    equal(refusal?.rule, 'media-auth');
    match(refusal.reason, /no valid auth token/);
    ok((await exchange(ada, toBen, { image }, 'message')).bytes.equals(image));
  });

  it('a file that the host has lost cannot be fetched', async () => {
    await simulator.ask('POST', '/admin/media/faults', { on: 'download', status: 404, times: 1 });
    const image = await jpeg();
    const toBen = { client: ben, phoneNumber: benNumber };
    await rejects(exchange(ada, toBen, { image }, 'message'), /Failed to fetch/);
  });
});

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { codeBlocksOf } from '../tooling/readme-blocks.js';
import { linkByQr } from './plain-client.js';

const [bot, ...others] = codeBlocksOf('simulator/README.md').filter(({ language }) => language === 'js');

describe('the bot in the simulator’s README', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let running: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await makeTempDir();
    simulator = await startTestSimulator();
  });
  afterEach(async () => {
    running?.kill('SIGKILL');
    await simulator.stop();
    await folder.remove();
  });

  for (const address of ['url', 'tlsUrl'] as const) {
    it(`links, posts, sees a view, uploads a picture and answers, by ${address}`, async () => {
      ok(bot);
      deepEqual(others, []);
      const { control, rootKeyHex, mediaCaFile } = simulator;
      const printed = { url: simulator.simulator[address], control, rootKeyHex, mediaCaFile };
      const env = {
        PATH: process.env['PATH'],
        NODE_EXTRA_CA_CERTS: mediaCaFile,
        SIMULATOR: JSON.stringify(printed),
        BOT_FOLDER: path.join(folder.dir, 'credentials'),
      };
      const child = spawn(process.execPath, ['--input-type=module', '--eval', bot.code], { env });
      running = child;
      let said = '';
      let problems = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      equal(code, 0, `${said}${problems}`);
      const lines = said.split('\n');
      const line = (start: string): string => lines.find((one) => one.startsWith(start)) ?? said;
      match(line('viewed by'), /^viewed by \d+@s\.whatsapp\.net$/);
      equal(line('on the phone:'), 'on the phone: image');
      equal(line('the reader got:'), 'the reader got: You said: Hi');
      equal(line('groups:'), 'groups: 0');
      equal(line('refused:'), 'refused: 0');
    });
  }
});

describe('what a plain Baileys client asks about groups, businesses and calls', () => {
  it('is answered with none, and the connection stays', async () => {
    const simulator = await startTestSimulator();
    const client = await linkByQr(simulator, { name: 'Ada' });
    const { socket } = client;
    const failure = async (asked: Promise<unknown>): Promise<string> =>
      asked.then(
        () => 'nothing failed',
        (error: unknown) => String(error),
      );
    try {
      deepEqual(await socket.groupFetchAllParticipating(), {});
      match(await failure(socket.groupMetadata('120363000000000000@g.us')), /item-not-found/);
      match(await failure(socket.groupLeave('120363000000000000@g.us')), /item-not-found/);
      match(await failure(socket.groupCreate('Friends', ['4915100000001@s.whatsapp.net'])), /not-allowed/);
      equal((await socket.getBusinessProfile('4915100000001@s.whatsapp.net')) ?? undefined, undefined);
      let isAcknowledged = false;
      socket.ws.on('CB:ack,class:call', () => (isAcknowledged = true));
      await socket.rejectCall('C1', '4915100000001@s.whatsapp.net');
      ok(isAcknowledged, 'the client gave up waiting');
      deepEqual(simulator.controls.refusals().refusals, []);
      equal(client.isOpen, true);
      // What nobody serves fails one call.
      match(await failure(socket.getCatalog({ jid: '4915100000001@s.whatsapp.net', limit: 1 })), /not-implemented/);
      match(await failure(socket.newsletterMetadata('invite', 'abc')), /not-implemented/);
      equal(client.isOpen, true);
      equal(simulator.refusedRules().length, 2);
    } finally {
      await client.close();
      await simulator.stop();
    }
  });
});

import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { AttackerCalls } from '../attacker.js';
import { BenchServer } from '../bench-server.js';
import { Bystander } from '../bystander.js';
import { startProcess } from '../child-process.js';
import { answerTimesOf } from '../measure.js';
import type { Result, Scenario } from '../scenario.js';
import { scanQr } from '../simulator-process.js';
import { settleTenant } from '../tenant.js';

const callTimeoutMs = 120_000;
/** Long enough for some hundred answers of each kind, so that the 99th of a hundred is not the slowest of all. */
const measuredMs = 15_000;
const contacts = 3;

/**
 * What does somebody of another organization notice while one organization attacks? The bystander reads, posts and opens new live
 * connections all the time, and keeps one open; alone, and during each attack.
 */
export const attacksScenario: Scenario = {
  name: 'attacks',
  question:
    'What somebody of another organization waits while one organization does what it can: alone, and during each attack',
  async run({ simulator, progress }) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-bench-'));
    await mkdir(path.join(folder, 'uploads'));
    const attacking = startProcess<AttackerCalls>('attacker', {});
    const port = await attacking.call('start', undefined, callTimeoutMs);
    const bench = new BenchServer(simulator, folder, undefined, {
      TRUST_PROXY: '1',
      OUTBOUND_ALLOW_PRIVATE: `127.0.0.1:${String(port)}`,
    });
    const child = await bench.launch();
    let bystander: Bystander | undefined;
    try {
      const server = { url: await child.call('start', undefined, callTimeoutMs), apiKey: bench.apiKey };
      const scan = (qr: string): Promise<string> => scanQr(simulator.control, qr);
      const targetNumbers = (await simulator.createContacts(contacts)).map(({ phoneNumber }) => phoneNumber);
      const attacker = await settleTenant(server, 'attacker', scan);
      const settled = await Bystander.settleIn(server, { scanQr: scan, targetNumbers });
      bystander = settled;
      const measure = async (name: string, work: () => Promise<unknown>): Promise<Result[]> => {
        settled.forget();
        await child.call('startMeasuring', undefined, callTimeoutMs);
        await settled.meanwhile(work);
        const measured = await child.call('stopMeasuring', undefined, callTimeoutMs);
        for (const error of settled.errors) progress(`${name}: the bystander met an error: ${error}`);
        const kinds = { reading: settled.readsMs, posting: settled.postsMs, connecting: settled.handshakesMs };
        return Object.entries(kinds).map(([kind, times]) => ({
          scenario: 'attacks',
          subject: 'Statuscast',
          case: `${name}: ${kind}`,
          ...measured,
          answers: answerTimesOf(times),
          errors: settled.errors.length,
          rounds: [measured],
        }));
      };
      // What is compiled and connected the first time is no part of it.
      for (let round = 0; round < 20; round += 1) await settled.round();
      const results = await measure('alone', () => wait(measuredMs));
      for (const name of await attacking.call('names', undefined, callTimeoutMs)) {
        progress(name);
        await attacking.call('prepare', { name, attacker }, callTimeoutMs);
        const attack = async (): Promise<void> => {
          await attacking.call('begin', { name, attacker }, callTimeoutMs);
          await wait(measuredMs);
          const answers = await attacking.call('end', undefined, callTimeoutMs);
          progress(`${name} was answered: ${JSON.stringify(answers)}`);
        };
        results.push(...(await measure(name, attack)));
      }
      return results;
    } finally {
      bystander?.leave();
      await attacking.stop();
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

import { parseArgs } from 'node:util';
import { jsonLines, plansInWords, table } from './report.js';
import type { Scenario } from './scenario.js';
import { attacksScenario } from './scenarios/attacks.js';
import { bombsScenario } from './scenarios/bombs.js';
import { busyScenario } from './scenarios/busy.js';
import { enginesScenario } from './scenarios/engines.js';
import { growthScenario } from './scenarios/growth.js';
import { mediaScenario } from './scenarios/media.js';
import { postScenario } from './scenarios/post.js';
import { receiptsScenario } from './scenarios/receipts.js';
import { sessionsScenario } from './scenarios/sessions.js';
import { startSimulatorProcess } from './simulator-process.js';

const scenarios: readonly Scenario[] = [
  postScenario,
  receiptsScenario,
  sessionsScenario,
  mediaScenario,
  enginesScenario,
  bombsScenario,
  attacksScenario,
  busyScenario,
  growthScenario,
];

const usage = `Usage: npm run bench -- NAME [--json] [--rounds 3] [--contacts 100,1000,5000] [--devices 1]
                                     [--plain-up-to 5000] [--accounts 200] [--views 10000000] [--profile FOLDER]
       busy measures 10 accounts and 1000 contacts unless told otherwise, receipts 10000 and 50000 contacts on a fresh
       installation (--views 0)

Scenarios:
${scenarios.map((scenario) => `  ${scenario.name}  ${scenario.question}`).join('\n')}
`;

/** @throws TypeError for an option that does not exist */
function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      contacts: { type: 'string' },
      devices: { type: 'string', default: '1' },
      'plain-up-to': { type: 'string' },
      accounts: { type: 'string' },
      views: { type: 'string' },
      profile: { type: 'string' },
    },
  });
}

/** @returns the exit code */
async function main(): Promise<number> {
  let read: ReturnType<typeof readArguments>;
  try {
    read = readArguments();
  } catch {
    process.stderr.write(usage);
    return 2;
  }
  const { values, positionals } = read;
  const scenario = scenarios.find(({ name }) => name === positionals[0]);
  const contactCounts = values.contacts?.split(',').map(Number) ??
    scenario?.defaults?.contactCounts ?? [100, 1000, 5000];
  const deviceCounts = values.devices.split(',').map(Number);
  const plainUpTo = Number(values['plain-up-to'] ?? scenario?.defaults?.plainUpTo ?? 5000);
  const rounds = Number(values.rounds);
  const views = Number(values.views ?? scenario?.defaults?.views ?? 10_000_000);
  const accountCount = Number(values.accounts ?? scenario?.defaults?.accountCount ?? 200);
  if (
    scenario === undefined ||
    ![...contactCounts, ...deviceCounts, plainUpTo, rounds, views + 1, accountCount].every(
      (count) => Number.isInteger(count) && count > 0,
    )
  ) {
    process.stderr.write(usage);
    return 2;
  }
  const progress = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const simulator = await startSimulatorProcess();
  try {
    const results = await scenario.run({
      simulator,
      contactCounts,
      deviceCounts,
      plainUpTo,
      accountCount,
      rounds,
      views,
      profileFolder: values.profile,
      progress,
    });
    if (!values.json) process.stdout.write(`\n${scenario.question}; medians of ${rounds} rounds\n\n`);
    process.stdout.write(values.json ? jsonLines(results) : `${table(results)}\n${plansInWords(results)}`);
    return 0;
  } finally {
    await simulator.stop();
  }
}

process.exitCode = await main();

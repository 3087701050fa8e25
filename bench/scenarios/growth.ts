import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Stats } from '../../server/contract/monitoring.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { migrateToLatest, migrations } from '../../server/db/migrate.js';
import { startBenchPostgres } from '../bench-postgres.js';
import { BenchServer } from '../bench-server.js';
import { fillDatabase, filledAfter, type Grown } from '../growth-data.js';
import { analyticsQuestions, growthQuestions, growthRequests } from '../growth-questions.js';
import { medianOf, startMeter, type Measurement } from '../measure.js';
import { queryPlans } from '../query-plans.js';
import type { Result, Scenario, ScenarioInput } from '../scenario.js';

const callTimeoutMs = 300_000;
/** What the filling left to be written is written before anything is measured. */
const settleMs = 3_000;

interface Side {
  engine: 'SQLite' | 'PostgreSQL';
  address: { file: string } | { url: string };
}

/**
 * What does it cost to look at an installation that has run for two years? The requests are those that read the tables with a
 * row for every view and every person; the plans are those of their queries.
 */
export const growthScenario: Scenario = {
  name: 'growth',
  question: 'Reading where there are years of views, on both engines',
  async run(input) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-growth-bench-'));
    await mkdir(path.join(folder, 'uploads'));
    try {
      const file = path.join(folder, 'statuscast.sqlite');
      const results = await measureSide(input, folder, { engine: 'SQLite', address: { file } });
      await rm(file);
      const postgres = await startBenchPostgres();
      try {
        const address = { url: postgres.url };
        return [...results, ...(await measureSide(input, folder, { engine: 'PostgreSQL', address }))];
      } finally {
        await postgres.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureSide(input: ScenarioInput, folder: string, side: Side): Promise<Result[]> {
  const db = await connectDatabase(side.address);
  let grown: Grown;
  const results: Result[] = [];
  const keep = (name: string, rounds: Measurement[], plans?: string[]): void => {
    const median = medianOf(rounds);
    input.progress(`${side.engine}, ${name}: ${median.wallMs.toFixed(0)} ms`);
    const what = { scenario: 'growth', subject: 'Statuscast', case: `${side.engine}, ${name}` } as const;
    results.push({ ...what, ...median, rounds, ...(plans && { plans }) });
  };
  try {
    const first = migrations.findIndex(({ name }) => name === filledAfter) + 1;
    await migrateToLatest(db, migrations.slice(0, first));
    grown = await fillDatabase(db, input.views, (line) => input.progress(`${side.engine}: ${line}`));
    input.progress(`${side.engine}: ${String(grown.views)} views, ${String(grown.statuses)} statuses`);
    await wait(settleMs);
    for (const [index, { name }] of migrations.entries()) {
      if (index < first) continue;
      const meter = startMeter();
      await migrateToLatest(db, migrations.slice(0, index + 1));
      keep(`migration ${name}`, [await meter.stop()]);
    }
    await measureQuestions(input, db, growthQuestions(grown), keep);
  } finally {
    await db.destroy();
  }
  await measureRequests(input, folder, side, grown, keep);
  const later = await connectDatabase(side.address);
  try {
    await measureQuestions(input, later, analyticsQuestions(grown), keep);
  } finally {
    await later.destroy();
  }
  return results;
}

async function measureQuestions(
  { rounds }: ScenarioInput,
  db: Database,
  questions: ReturnType<typeof growthQuestions>,
  keep: (name: string, rounds: Measurement[], plans: string[]) => void,
): Promise<void> {
  for (const [name, ask] of questions) {
    const taken = await inRounds(rounds, () => measureHere(() => ask(db)));
    keep(name, taken, await plansOf(db, ask));
  }
}

async function measureRequests(
  input: ScenarioInput,
  folder: string,
  { address }: Side,
  grown: Grown,
  keep: (name: string, rounds: Measurement[]) => void,
): Promise<void> {
  const settings = 'url' in address ? { DATABASE_URL: address.url } : {};
  const server = new BenchServer(input.simulator, folder, input.profileFolder, settings);
  const child = await server.launch();
  try {
    const url = await child.call('start', undefined, callTimeoutMs);
    const { views } = await server.api<Stats>(url, 'GET', '/stats');
    if (views.total !== grown.views) throw new Error(`The server counts ${String(views.total)} views.`);
    for (const [name, request] of growthRequests(grown)) {
      const ask = await request((method, route, body) => server.apiAnswer(url, method, route, body));
      keep(
        name,
        await inRounds(input.rounds, async () => {
          await child.call('startMeasuring', undefined, callTimeoutMs);
          const startedAt = performance.now();
          await ask();
          const wallMs = performance.now() - startedAt;
          return { ...(await child.call('stopMeasuring', undefined, callTimeoutMs)), wallMs };
        }),
      );
    }
  } finally {
    await child.stop();
  }
}

/** Each plan once, whatever it looks for: a question that is put in parts has the same one many times. */
async function plansOf(db: Database, ask: (on: Database) => Promise<unknown>): Promise<string[]> {
  const plans = await queryPlans(db, ask);
  return [...new Set(plans.map((plan) => plan.replaceAll(/'[^']*'/g, '…')))];
}

async function measureHere(work: () => Promise<unknown>): Promise<Measurement> {
  const meter = startMeter();
  await work();
  return meter.stop();
}

async function inRounds(rounds: number, measure: () => Promise<Measurement>): Promise<Measurement[]> {
  const taken: Measurement[] = [];
  for (let round = 1; round <= rounds; round += 1) taken.push(await measure());
  return taken;
}

import type { AnswerTimes, Measurement } from './measure.js';
import type { SimulatorProcess } from './simulator-process.js';
import type { Subject } from './subject.js';

/** One line of a benchmark's outcome: the medians of several rounds, and the rounds themselves. */
export interface Result extends Measurement {
  scenario: string;
  /** This product, or what does the same without it. */
  subject: Subject['name'] | 'plain tools';
  case: string;
  rounds: Measurement[];
  /** Where a scenario has many accounts: the share of each. */
  perAccount?: { cpuMs: number; memoryKb: number };
  /** Where a client asks meanwhile: how long its answers took. */
  answers?: AnswerTimes;
  /** What went wrong for that client. */
  errors?: number;
  /** Where several accounts post at once: from the request to WhatsApp's ack, for the quickest and the slowest of them. */
  posts?: { quickestMs: number; slowestMs: number };
  /** Where films are made: how like its source one is (SSIM, 0 to 1), and how large. */
  film?: { likeness: number; megabits: number };
  /** The most memory that all media workers together had of the machine. */
  workersPeakMb?: number;
  /** How the database carries out the queries of it. */
  plans?: string[];
  /** Where receipts come in: how many a second, the CPU time for each, and the time from WhatsApp's side to whoever watches. */
  receipts?: { perSecond: number; cpuUsEach: number; p50Ms?: number | undefined; p99Ms?: number | undefined };
  /** Over the account's connection: what it asked WhatsApp, and the frames both ways. */
  traffic?: { queries: number; sentKb: number; receivedKb: number };
}

export interface ScenarioInput {
  simulator: SimulatorProcess;
  contactCounts: readonly number[];
  deviceCounts: readonly number[];
  /** Plain Baileys is left out for more contacts than this. */
  plainUpTo: number;
  accountCount: number;
  rounds: number;
  /** How many views there are, about, where they have grown for years; 0 for a fresh installation. */
  views: number;
  /** Where CPU profiles of this product's process go; none are made without it. */
  profileFolder: string | undefined;
  /** Tells a person what is going on. */
  progress: (line: string) => void;
}

/** One question that can be measured against the simulator, with plain Baileys, or plain tools, beside this product. */
export interface Scenario {
  name: string;
  question: string;
  /** What is measured where the command line does not say; without it, what `bench/main.ts` has for all. */
  defaults?: Partial<Pick<ScenarioInput, 'contactCounts' | 'accountCount' | 'plainUpTo' | 'views'>>;
  run(input: ScenarioInput): Promise<Result[]>;
}

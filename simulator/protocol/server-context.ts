import type { FaultPlan } from '../faults/fault-plan.js';
import type { DeliveredStatuses } from '../state/delivered-statuses.js';
import type { SimulatorEvents } from '../state/simulator-events.js';
import type { Log } from '../lib/log.js';
import type { RefusalLog } from '../state/refusal-log.js';
import type { SimulatorSettings } from '../state/settings.js';
import type { World } from '../state/world.js';

/** Where clients upload media and download it again. */
export interface MediaHost {
  /** `host:port`, as `media_conn` names it. */
  readonly hostname: string;
  /** A token that uploads must carry, and how long it is good for. */
  issueAuth(): { auth: string; ttlSeconds: number };
  /** Keeps an encrypted file. Returns its direct path. */
  put(file: Buffer): Promise<string>;
}

/** What the server's parts share, each as much of it as it names. One per simulator. */
export interface ServerContext {
  readonly world: World;
  readonly faults: FaultPlan;
  readonly refusals: RefusalLog;
  readonly settings: SimulatorSettings;
  readonly media: MediaHost;
  readonly delivered: DeliveredStatuses;
  readonly events: SimulatorEvents;
  readonly log: Log;
  /** Milliseconds since 1970. */
  now(): number;
  /** Does the work later, unless the function that this returns is called before. */
  after(delayMs: number, work: () => void): () => void;
  /** An id for a stanza that the server starts. */
  nextStanzaId(): string;
  /** Lets others run when this turn has lasted too long; long loops await it after every step. */
  breathe(): Promise<void>;
}

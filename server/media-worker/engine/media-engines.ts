import { AppError } from '../../lib/app-error.js';
import type { Logger } from '../../lib/logger.js';
import { openEmbeddedEngine } from './embedded-engine.js';
import type { MediaEngine } from './engine.js';
import { openProgramEngine } from './program-engine.js';

/** What prepares films and recordings on this machine. */
export type EnginesState =
  { available: true; engine: MediaEngine['name']; version: string } | { available: false; reason: string };

const lookAgainAfterMs = 60_000;

/**
 * The FFmpeg that comes with the packages; the program ffmpeg where the packages have none for this machine, or where one is
 * named.
 */
export class MediaEngines {
  private engine: MediaEngine | undefined;
  private reason = 'It was not looked for yet.';
  private lookedAt = -Infinity;

  constructor(
    /** The program that is to be used; undefined for what comes with the packages. */
    private readonly program: string | undefined,
    private readonly logger: Logger,
  ) {}

  /** Whether another process than this one does the work, by what is known. */
  get isProgram(): boolean {
    return this.program !== undefined || this.engine?.name === 'ffmpeg';
  }

  /** Looks what is there. What was missing is looked for again after a minute. */
  async look(): Promise<EnginesState> {
    if (!this.engine && performance.now() - this.lookedAt >= lookAgainAfterMs) {
      this.lookedAt = performance.now();
      const found = await this.find();
      if ('reason' in found) this.reason = found.reason;
      else this.engine = found;
    }
    return this.engine
      ? { available: true, engine: this.engine.name, version: this.engine.version }
      : { available: false, reason: this.reason };
  }

  /** Throws `unavailable` in words where films and recordings cannot be prepared. */
  async get(): Promise<MediaEngine> {
    await this.look();
    this.requireAvailable();
    if (!this.engine) throw new Error('An engine that is available is there.');
    return this.engine;
  }

  /** Throws `unavailable` in words where films and recordings cannot be prepared, by what is known. */
  requireAvailable(): void {
    if (this.engine) return;
    void this.look();
    throw new AppError(
      'unavailable',
      `Videos and voice notes cannot be prepared on this server. ${this.reason} Pictures and texts go on.`,
    );
  }

  private async find(): Promise<MediaEngine | { reason: string }> {
    if (this.program !== undefined) return openProgramEngine(this.program);
    const embedded = await openEmbeddedEngine();
    if (!('reason' in embedded)) return embedded;
    this.logger.warn(
      { reason: embedded.reason },
      'the packages have no media engine for this machine; trying the program ffmpeg',
    );
    const program = await openProgramEngine('ffmpeg');
    return 'reason' in program
      ? { reason: `The packages have no media engine for this machine. ${program.reason}` }
      : program;
  }
}

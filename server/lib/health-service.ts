import type { Health, PartHealth } from '../contract/monitoring.js';
import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';

/** Looks at one part. What it throws goes to the log only. */
export type HealthCheck = () => Promise<PartHealth>;

export interface HealthOptions {
  version: string;
  node: string;
  logger: Logger;
}

const checkTimeoutMs = 3_000;
const severity = ['ok', 'degraded', 'failed'] as const;

/** How each part of the server is. Parts register their checks when the server is put together. */
export class HealthService {
  private readonly checks = new Map<string, HealthCheck>();
  /** Parts whose check failed when it was last asked for: whoever asks again and again fills no log. */
  private readonly failing = new Set<string>();

  constructor(private readonly options: HealthOptions) {}

  register(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  /** Never rejects: a check that fails or hangs is a failed part. */
  async check(): Promise<Omit<Health, 'accounts' | 'accountsToStart'>> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await this.run(name, check)] as const),
    );
    const worst = Math.max(0, ...results.map(([, part]) => severity.indexOf(part.status)));
    return {
      status: severity[worst] ?? 'failed',
      version: this.options.version,
      node: this.options.node,
      uptimeSeconds: Math.floor(process.uptime()),
      parts: Object.fromEntries(results),
    };
  }

  private async run(name: string, check: HealthCheck): Promise<PartHealth> {
    try {
      const part = await withDeadline(check(), checkTimeoutMs, `The health check of ${name}`);
      this.failing.delete(name);
      return part;
    } catch (error) {
      if (!this.failing.has(name)) this.options.logger.warn({ err: error, part: name }, 'a health check failed');
      this.failing.add(name);
      return { status: 'failed', message: 'It does not answer.', details: {} };
    }
  }
}

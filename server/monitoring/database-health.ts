import type { DatabaseTrouble } from '../lib/database-trouble.js';
import type { HealthCheck } from '../lib/health-service.js';

export interface WatchedDatabase {
  /** How it is now: a check that writes something. */
  look(): Promise<{ trouble: DatabaseTrouble | undefined; latencyMs: number | null }>;
  engine: string;
}

export function databaseHealth({ look, engine }: WatchedDatabase): HealthCheck {
  return async () => {
    const { trouble, latencyMs } = await look();
    if (!trouble) return { status: 'ok', message: null, details: { engine, latencyMs } };
    return { status: 'failed', message: trouble.inWords, details: { engine, latencyMs, trouble: trouble.kind } };
  };
}

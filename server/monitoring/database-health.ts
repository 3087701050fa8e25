import type { HealthCheck } from './health-service.js';

export interface PingableDatabase {
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  engine: string;
}

export function databaseHealth(database: PingableDatabase): HealthCheck {
  return async () => {
    const startedAt = performance.now();
    await database.ping();
    const latencyMs = Math.round(performance.now() - startedAt);
    return { status: 'ok', message: null, details: { engine: database.engine, latencyMs } };
  };
}

import { keepAssertionsCheap } from './cheap-assertions.js';
import { stopPostgres } from './postgres-server.js';

keepAssertionsCheap();

/** Runs once after the last test, also when tests failed. */
export async function mochaGlobalTeardown(): Promise<void> {
  await stopPostgres();
}

import assert from 'node:assert/strict';
import { createLogger } from '../../server/lib/logger.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization } from '../support/sample-rows.js';

describeOnEveryDatabase('the log of a query that failed', (open) => {
  it('has no values of the query or the row', async () => {
    const db = await open();
    await insertOrganization(db, 'secret-value');
    const error: unknown = await insertOrganization(db, 'secret-value').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    let logged = '';
    createLogger({ logLevel: 'info' }, { write: (line) => (logged += line) }).error({ err: error }, 'failed');
    assert.match(logged, /insert into/);
    assert.match(logged, /unique/i);
    assert.ok(!logged.includes('secret-value'), logged);
  });
});

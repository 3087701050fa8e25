import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { Lifecycle, type Part } from '../../server/lib/lifecycle.js';
import { startTestServer } from '../support/test-server.js';

/** As they start. They stop the other way round: what accepts work before what does it, and the database last. */
const inOrder = [
  'database',
  'look at the database',
  'record of key uses',
  'record of sign-ins',
  'session leases',
  'WhatsApp',
  'media workers',
  'fetches from outside',
  'media',
  'replies',
  'planned statuses',
  'planning: schedules',
  'planning: broadcasts',
  'viewers',
  'clicks',
  'forgetting who clicked',
  'adding up older views',
  'expiry of statuses',
  'contacts',
  'sessions',
  'status queue',
  'statuses that another process accepted',
  'answer queue',
  'answers that another process accepted',
  'fetching files of replies',
  'files of replies that are due',
  'files of replies',
  'idempotency keys',
  'forgetting what is out of date',
  'rate limit',
  'web server',
  'live events',
  'events of other processes',
  'live connections',
  'erasing',
];

describe('the order in which a server starts', () => {
  it('is one that stops nothing on which something else still builds', async () => {
    const added: string[] = [];
    const { add } = Lifecycle.prototype;
    const watched = mock.method(Lifecycle.prototype, 'add', function (this: Lifecycle, ...parts: Part[]) {
      added.push(...parts.map(({ name }) => name));
      add.apply(this, parts);
    });
    try {
      const server = await startTestServer();
      await server.stop();
    } finally {
      watched.mock.restore();
    }
    assert.deepEqual(added, inOrder);
  });
});

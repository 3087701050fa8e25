import assert from 'node:assert/strict';
import { Lifecycle } from '../../server/lib/lifecycle.js';
import { createLogger } from '../../server/lib/logger.js';
import { linksFeature } from '../../server/links/links.feature.js';
import { eventually } from '../support/eventually.js';
import { HostileServer } from '../support/hostile-server.js';

describe('what is fetched from outside', () => {
  const web = new HostileServer();
  before(() => web.start());
  after(() => web.stop());

  it('ends with the server, and comes from where the settings allow it', async () => {
    const lifecycle = new Lifecycle(createLogger({ logLevel: 'silent' }));
    const allowed = `127.0.0.1:${String(web.port)}`;
    const { outbound } = linksFeature({ config: { outboundAllowPrivate: [allowed] }, lifecycle }, () =>
      Promise.resolve(undefined),
    );
    web.on('/endless', (_request, response) => response.write('on and on'));
    const limits = { organizationId: 'acme', maxBytes: 1_000, timeoutMs: 10 * 60_000 };
    const fetched = outbound.fetchText(`http://${allowed}/endless`, limits);
    await eventually(() => web.openConnections === 1, { what: 'the page to be asked for' });
    await lifecycle.stop();
    const outcome = await fetched;
    assert.deepEqual([outcome.result, outcome.result === 'refused' && outcome.reason], ['refused', 'busy']);
    await eventually(() => web.openConnections === 0, { what: 'the connection to be closed' });
  });
});

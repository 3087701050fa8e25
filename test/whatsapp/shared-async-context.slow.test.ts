import assert from 'node:assert/strict';
import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';
import { queryObjects } from 'node:v8';
import { withSharedAsyncContext } from '../../server/whatsapp/baileys/shared-async-context.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestGateway } from './open-gateway.js';

/** How many storages this process holds on to; the garbage is collected before they are counted. */
const storages = (): number => queryObjects(AsyncLocalStorage, { format: 'count' });

describe('one asynchronous context for all sockets', () => {
  let simulator: TestSimulator;
  let gateway: TestGateway;
  before(async () => {
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator);
  });
  after(async () => {
    await gateway.stop();
    await simulator.stop();
  });

  it('a socket that was opened and closed leaves no storage behind that slows down every promise', async () => {
    const { live } = await gateway.link(simulator);
    await live.connection.close();
    const before = storages();
    for (let round = 0; round < 5; round += 1) {
      const again = gateway.open();
      await again.event('open');
      await again.connection.close();
    }
    assert.equal(storages(), before);
  });

  it('what was made before and after a socket is real, also when making it failed', () => {
    assert.throws(
      () =>
        withSharedAsyncContext(() => {
          throw new Error('no socket');
        }),
      /no socket/,
    );
    assert.equal(asyncHooks.AsyncLocalStorage, AsyncLocalStorage);
  });

  it('two sockets that call one another do not see what the other keeps', async () => {
    const [one, two] = withSharedAsyncContext(() => [
      new asyncHooks.AsyncLocalStorage<string>(),
      new asyncHooks.AsyncLocalStorage<string>(),
    ]);
    assert.ok(one && two);
    const seen = await one.run('of one', async () => {
      await Promise.resolve();
      const within = await two.run('of two', async () => {
        await Promise.resolve();
        return [one.getStore(), two.getStore()];
      });
      return [...within, two.getStore()];
    });
    assert.deepEqual(seen, ['of one', 'of two', undefined]);
    assert.equal(one.getStore(), undefined);
  });
});

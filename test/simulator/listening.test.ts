import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { listenFailure } from '../../simulator/listen-failure.js';
import { startSimulator } from '../../simulator/simulator.js';

describe('a simulator that cannot listen', () => {
  const sentenceFor = (place: { host: string; port: number }): Promise<string | undefined> =>
    startSimulator(place).then(
      ({ stop }) => stop().then(() => undefined),
      (error: unknown) => listenFailure(error, place),
    );

  it('says why in words', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const taken = await sentenceFor({ host: '127.0.0.1', port });
    other.close();
    assert.match(
      taken ?? '',
      new RegExp(`cannot listen on port ${port} of 127.0.0.1: another program listens there already`),
    );
    const nowhere = await sentenceFor({ host: '203.0.113.7', port: 0 });
    assert.match(nowhere ?? '', /this machine does not have that address \(EADDRNOTAVAIL\)\. Give another --port/);
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    assert.match(
      listenFailure(denied, { host: '::', port: 80 }) ?? '',
      /port 80 of ::: this user may not listen there/,
    );
  });

  it('leaves other errors alone', () => {
    assert.equal(listenFailure(new Error('something else'), { host: '127.0.0.1', port: 1 }), undefined);
  });
});

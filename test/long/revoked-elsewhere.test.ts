import { io } from 'socket.io-client';
import { makeKey } from '../support/principals.js';
import { startTestServer } from '../support/test-server.js';

describe('a key that one server revokes', () => {
  it('loses its live connections to the other servers on the same database too', async function () {
    this.timeout(60_000);
    const first = await startTestServer();
    const second = await startTestServer({ dataDir: first.dataDir, env: { NODE_NAME: 'second' } });
    try {
      const { apiKey, id } = await makeKey(first, {});
      const socket = io(second.url, { transports: ['websocket'], reconnection: false, auth: { apiKey } });
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('connect_error', reject);
      });
      const ended = new Promise((resolve) => socket.once('disconnect', resolve));
      await first.request.delete(`/api/keys/${id}`).expect(204);
      await second.anonymous.get('/api/me').set('x-api-key', apiKey).expect(401);
      await ended;
    } finally {
      await second.stop({ keepData: true });
      await first.stop();
    }
  });
});

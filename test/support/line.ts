import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A line to a server on this port of the loopback, which can be cut; on any free port, or on that of one that was closed. */
export async function startLine(target: number, port = 0) {
  const sockets = new Set<Socket>();
  let cutAt = Infinity;
  const line = {
    port: 0,
    connections: 0,
    carried: 0,
    cutAfter: (bytes: number) => void (cutAt = bytes),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  const server: Server = createServer((near) => {
    line.connections += 1;
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      line.carried += chunk.length;
      if (line.carried >= cutAt) {
        cutAt = Infinity;
        // Not before what came until now is through, and nothing of what comes after it.
        near.pause();
        far.write(chunk, () => near.destroy());
      } else far.write(chunk);
    });
    far.pipe(near);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  line.port = (server.address() as AddressInfo).port;
  return line;
}

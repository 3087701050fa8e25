import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { askOverAndOver, type Attack } from './attack.js';

const atATime = 300;
const trickleMs = 500;
const paths = ['/api/sessions', '/api/upload-video', '/api/nothing'];

/** Refused requests whose bodies trickle and never end. */
export const bodiesThatNeverCome: Attack = {
  name: 'bodies that never come',
  run({ url }, until) {
    const open = new Set<Socket>();
    const endAll = (): void => {
      for (const socket of open) socket.destroy();
    };
    until.addEventListener('abort', endAll, { once: true });
    return askOverAndOver(atATime, until, async (nth) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let status = 'none';
      socket.on('error', () => undefined);
      socket.once('data', (data: Buffer) => {
        status = data.toString('latin1', 9, 12);
      });
      socket.write(
        `POST ${paths[nth % paths.length] ?? ''} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n`,
      );
      const trickle = setInterval(() => {
        if (socket.writable) socket.write('x');
      }, trickleMs);
      open.add(socket);
      if (until.aborted) socket.destroy();
      await once(socket, 'close');
      open.delete(socket);
      clearInterval(trickle);
      return status;
    });
  },
};

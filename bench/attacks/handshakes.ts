import { Agent, request } from 'node:http';
import { askOverAndOver, type Attack } from './attack.js';

const atATime = 20;

/** Handshakes of live connections that never say who they are, from one network behind a proxy. */
export const handshakes: Attack = {
  name: 'handshakes',
  async run({ url }, until) {
    const agent = new Agent({ keepAlive: true, maxSockets: atATime });
    const options = { agent, headers: { 'x-forwarded-for': '203.0.113.1' } };
    const answers = await askOverAndOver(
      atATime,
      until,
      () =>
        new Promise((resolve, reject) => {
          request(`${url}/socket.io/?EIO=4&transport=polling`, options, (response) => {
            response.on('end', () => resolve(String(response.statusCode)));
            response.resume();
          })
            .on('error', reject)
            .end();
        }),
    );
    agent.destroy();
    return answers;
  },
};

import { askOverAndOver, statusOf, type Attack } from './attack.js';
import type { SlowWeb } from './slow-web.js';

const atATime = 10;

/** Broadcasts of a picture that cannot be had, as many as are taken: each is tried again and again. */
export function broadcastsThatNeverSucceed(web: SlowWeb): Attack {
  const one = (attacker: Parameters<Attack['run']>[0]) =>
    statusOf(attacker, 'POST', '/broadcasts', {
      type: 'image',
      content: web.at('/away'),
      sessionIds: [attacker.sessionId],
    });
  return {
    name: 'broadcasts that never succeed',
    run: (attacker, until) => askOverAndOver(atATime, until, () => one(attacker)),
  };
}

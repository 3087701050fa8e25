import { askOverAndOver, statusOf, type Attack } from './attack.js';
import type { SlowWeb } from './slow-web.js';

/** More than may be read for one organization, and more than may wait for it. */
const atATime = 60;

/** Posts of pictures at addresses that do not answer. */
export function slowAddresses(web: SlowWeb): Attack {
  return {
    name: 'slow addresses',
    run: (attacker, until) => {
      until.addEventListener('abort', () => web.release());
      return askOverAndOver(atATime, until, () =>
        statusOf(attacker, 'POST', `/sessions/${attacker.sessionId}/send-status`, {
          type: 'image',
          content: web.at('/slow'),
        }),
      );
    },
  };
}

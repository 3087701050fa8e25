import { slowAddresses } from './attacks/addresses.js';
import type { Answers, Attack } from './attacks/attack.js';
import { bodiesThatNeverCome } from './attacks/bodies.js';
import { broadcastsThatNeverSucceed } from './attacks/broadcasts.js';
import { calendars } from './attacks/calendars.js';
import { handshakes } from './attacks/handshakes.js';
import { mediaBombs } from './attacks/pictures.js';
import { SlowWeb } from './attacks/slow-web.js';
import { answerCalls } from './child-process.js';
import type { Tenant } from './tenant.js';

/* An organization that attacks, in a process of its own: what attacking costs here must not be taken for the server's time. */

const web = new SlowWeb();
const attacks: readonly Attack[] = [
  slowAddresses(web),
  handshakes,
  bodiesThatNeverCome,
  broadcastsThatNeverSucceed(web),
  calendars,
  mediaBombs(),
];

/** The attack under way. */
let underWay: { end: () => void; over: Promise<Answers> } | undefined;

function attackNamed(name: string): Attack {
  const attack = attacks.find((one) => one.name === name);
  if (attack === undefined) throw new Error(`There is no attack ${name}.`);
  return attack;
}

const calls = {
  /** The port of the attacker's web server. */
  start: async (): Promise<number> => {
    await web.start();
    return web.port;
  },
  names: (): Promise<string[]> => Promise.resolve(attacks.map(({ name }) => name)),
  prepare: async ({ name, attacker }: { name: string; attacker: Tenant }): Promise<void> => {
    await attackNamed(name).prepare?.(attacker);
  },
  /** Resolves when it has begun. */
  begin: ({ name, attacker }: { name: string; attacker: Tenant }): Promise<void> => {
    const until = new AbortController();
    const over = attackNamed(name).run(attacker, until.signal);
    underWay = {
      over,
      end: () => until.abort(),
    };
    return Promise.resolve();
  },
  /** Ends it, and says how it was answered. */
  end: async (): Promise<Answers> => {
    if (underWay === undefined) throw new Error('There is no attack under way.');
    underWay.end();
    return underWay.over;
  },
};
export type AttackerCalls = typeof calls;

answerCalls(calls, () => web.stop());

import type { Tenant } from '../tenant.js';
import { askOverAndOver, statusOf, type Attack } from './attack.js';

/** As many as one account may have. */
const schedules = 50;
const atATime = 20;

/** The calendar of the most and densest schedules that are taken, asked for by many at once. */
export const calendars: Attack = {
  name: 'calendars',
  async prepare(attacker) {
    for (let nth = 0; nth < schedules; nth += 1) await makeSchedule(attacker, nth);
  },
  run: (attacker, until) =>
    askOverAndOver(atATime, until, () =>
      statusOf(attacker, 'GET', '/calendar?from=2027-01-01&to=2027-02-01&timeZone=Europe/Berlin'),
    ),
};

async function makeSchedule(attacker: Tenant, nth: number): Promise<void> {
  const status = await statusOf(attacker, 'POST', `/sessions/${attacker.sessionId}/schedules`, {
    status: { type: 'text', content: `Number ${String(nth)}` },
    startsAt: '2026-12-31T00:00',
    timeZone: 'Europe/Berlin',
    rule: 'FREQ=HOURLY;BYMINUTE=0,15,30,45',
  });
  if (status !== '201') throw new Error(`Schedule ${String(nth)} was answered with ${status}.`);
}

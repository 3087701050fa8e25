import { demoPast, demoReplies } from './demo-content.mjs';
import { shuffle } from './demo-posts.mjs';
import { until } from './demo-world.mjs';

/**
 * @typedef {import('./demo-world.mjs').World} World
 * @typedef {Awaited<ReturnType<typeof import('./demo-world.mjs').startServer>>} Server
 * @typedef {Awaited<ReturnType<typeof import('./demo-world.mjs').startSimulator>>} Simulator
 */

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** How long before its first post the account was linked. */
const linkedBeforeMs = 20 * minuteMs;
/** Most people look within the first hour or two, and the last ones in the evening. */
const typicalViewMs = 70 * minuteMs;
const latestViewMs = 9 * 60 * minuteMs;

/** @param {{ daysAgo: number, at: [number, number] }} post @returns {Date} its time of day where this machine is */
function timeOf({ daysAgo, at: [hours, minutes] }) {
  const day = new Date(Date.now() - daysAgo * dayMs);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), hours, minutes);
}

/** When the demo's account was linked: both programs start then. */
export function beginningOfPast() {
  return new Date(Math.min(...demoPast.map((post) => timeOf(post).getTime())) - linkedBeforeMs);
}

/**
 * Lives through the days before today: the account posts, and contacts open the posts, like them and answer over hours.
 * It happens as it always does, on the wire, to a server and a simulator that take another time for the present. The
 * account is offline while its contacts look, so that nothing notices how fast the hours go; what they did is waiting for
 * it when it is back.
 * @param {{ server: Server, simulator: Simulator, world: World, sessionId: string, numbers: string[], picture: Buffer }} parts
 */
export async function livePast({ server, simulator, world, sessionId, numbers, picture }) {
  for (const post of demoPast) {
    const postedAt = timeOf(post);
    await simulator.goTo(postedAt);
    await server.goTo(postedAt);
    await server.api('POST', `/sessions/${sessionId}/start`);
    await untilConnected(server, sessionId, world);
    const status = { ...post.status };
    if (status.type === 'image') status.content = (await server.upload('image', picture, 'Sourdough.jpg')).filename;
    const { messageId, state } = await server.api(
      'POST',
      `/sessions/${sessionId}/send-status`,
      { ...status, audience: { kind: 'contacts' } },
      { prefer: 'wait=30' },
    );
    if (state !== 'sent') throw new Error(`A post of the past is ${state}.`);
    await simulator.drain();
    await server.api('POST', `/sessions/${sessionId}/stop`);
    await letHoursPass({ simulator, messageId, numbers, postedAt, share: post.share });
  }
  await simulator.goTo(new Date());
}

/** @param {{ simulator: Simulator, messageId: string, numbers: string[], postedAt: Date, share: number }} parts */
async function letHoursPass({ simulator, messageId, numbers, postedAt, share }) {
  const viewers = shuffle(numbers).slice(0, Math.round(numbers.length * share));
  const longestMs = Math.min(latestViewMs, Date.now() - postedAt.getTime() - minuteMs);
  const delays = viewers
    .map(() => Math.min(longestMs, -Math.log(1 - Math.random()) * typicalViewMs))
    .sort((one, other) => one - other);
  for (const [index, number] of viewers.entries()) {
    await simulator.goTo(new Date(postedAt.getTime() + (delays[index] ?? 0)));
    await simulator.view(number, messageId);
    if (index % 5 === 2) await simulator.like(number, messageId);
    const reply = index % 13 === 4 ? demoReplies[index % demoReplies.length] : undefined;
    if (reply !== undefined) await simulator.reply(number, messageId, reply);
  }
}

/** @param {Server} server @param {string} sessionId @param {World} world */
export function untilConnected(server, sessionId, world) {
  const ask = async () => {
    const status = await server.api('GET', `/sessions/${sessionId}/connection-status`);
    if (!status.connected) throw new Error(`the session is ${status.state}`);
  };
  return until(ask, 'Connecting the account', world.interrupted);
}

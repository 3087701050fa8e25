import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { demoPage, demoPlanned, demoPosts, demoReplies, demoTemplate } from './demo-content.mjs';

/**
 * @typedef {import('./demo-world.mjs').World} World
 * @typedef {Awaited<ReturnType<typeof import('./demo-world.mjs').startServer>>} Server
 * @typedef {Awaited<ReturnType<typeof import('./demo-world.mjs').startSimulator>>} Simulator
 */

/**
 * Serves the page that the demo's link shows. It ends with the demo.
 * @param {World} world @param {Buffer} picture @returns {Promise<string>} its address
 */
export async function startDemoPage(world, picture) {
  const server = createServer((request, response) => {
    const isPicture = request.url === '/croissants.jpg';
    response.setHeader('content-type', isPicture ? 'image/jpeg' : 'text/html; charset=utf-8');
    response.end(isPicture ? picture : demoPage);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.stops.push(async () => {
    server.close();
    server.closeAllConnections();
    return true;
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}/croissants`;
}

/** @template T @param {T[]} values @returns {T[]} the same in another order */
export function shuffle(values) {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ value }) => value);
}

/** What the demo's account posts today. */
export class DemoPosts {
  /** @param {{ server: Server, simulator: Simulator, world: World, sessionId: string, numbers: string[] }} parts */
  constructor({ server, simulator, world, sessionId, numbers }) {
    this.server = server;
    this.simulator = simulator;
    this.world = world;
    this.sessionId = sessionId;
    this.numbers = numbers;
  }

  /**
   * What is there as soon as the dashboard opens: text, a link, a picture, something planned, a template.
   * @param {string} page @param {Buffer} picture
   */
  async postFirst(page, picture) {
    await this.#post({ ...demoPosts.link, content: page });
    await this.#postFile('image', picture, 'Sourdough.jpg', demoPosts.picture);
    await this.#post(demoPosts.text);
    await this.#plan();
    await this.server.api('POST', '/templates', demoTemplate);
  }

  /** What takes a few seconds to be made ready. @param {{ video: Buffer, voice: Buffer }} recordings */
  async postRecordings({ video, voice }) {
    await this.#postFile('audio', voice, 'Good morning.ogg', demoPosts.voice);
    await this.#postFile('video', video, 'Warm bread.mp4', demoPosts.video);
  }

  /** @param {'image' | 'video' | 'audio'} kind @param {Buffer} bytes @param {string} name @param {object} status */
  async #postFile(kind, bytes, name, status) {
    const { filename } = await this.server.upload(kind, bytes, name);
    await this.#post({ ...status, content: filename });
  }

  /** @param {object} status */
  async #post(status) {
    const body = { ...status, audience: { kind: 'contacts' } };
    const { messageId } = await this.server.api('POST', `/sessions/${this.sessionId}/send-status`, body);
    void this.#answer(messageId);
  }

  /** Tomorrow at seven. */
  async #plan() {
    const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    const tomorrow = new Date(Date.now() + 24 * 60 * 60_000);
    const day = new Intl.DateTimeFormat('en-CA', { timeZone }).format(tomorrow);
    const body = { ...demoPlanned, audience: { kind: 'contacts' }, scheduledAt: `${day}T07:00`, timeZone };
    await this.server.api('POST', `/sessions/${this.sessionId}/send-status`, body);
  }

  /** Some like a post after they have seen it, and a few write back. @param {string} messageId */
  async #answer(messageId) {
    try {
      for (const [index, number] of shuffle(this.numbers).slice(0, 6).entries()) {
        await wait(4_000 + Math.random() * 8_000, undefined, { signal: this.world.interrupted });
        await this.simulator.like(number, messageId);
        const reply = index < 2 ? demoReplies[Math.floor(Math.random() * demoReplies.length)] : undefined;
        if (reply !== undefined) await this.simulator.reply(number, messageId, reply);
      }
    } catch {
      // The demo ends, or the post went to nobody: there is nothing to like.
    }
  }
}

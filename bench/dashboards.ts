import { WebSocket } from 'ws';
import type { EventPayload } from '../server/contract/events.js';
import { answerCalls } from './child-process.js';

/*
 * Dashboards that watch one status, in a process of their own. The first one reads what it is told; of the others each would
 * read on a machine of its own, so here they only look for how many have viewed.
 */

type Update = EventPayload<'status-viewers-update'>;

const beginning = '42["status-viewers-update",';
/** Counts stand at the end of an update. */
const countsWithin = 600;
const sockets: WebSocket[] = [];

interface Watch {
  statusId: string;
  people: number;
  /** By the number of each viewer: when the first dashboard heard of it, in milliseconds since 1970. */
  arrivedAt: Map<string, number>;
  /** How many dashboards know of everybody. */
  complete: number;
  lastAt: number;
  whenComplete: Promise<void>;
  tellComplete: () => void;
}
let watch: Watch | undefined;

const calls = {
  /** Resolves when all of them are connected. */
  open: async (input: { url: string; apiKey: string; count: number }): Promise<void> => {
    await Promise.all(Array.from({ length: input.count }, (_, index) => open(input, index === 0)));
  },

  watch: (input: { statusId: string; people: number }): void => {
    let tellComplete = (): void => undefined;
    const whenComplete = new Promise<void>((resolve) => (tellComplete = resolve));
    watch = { ...input, arrivedAt: new Map(), complete: 0, lastAt: 0, whenComplete, tellComplete };
  },

  /** Resolves when every dashboard knows that everybody has viewed the status. */
  untilComplete: async (): Promise<{ lastAt: number; arrivedAt: [phoneNumber: string, at: number][] }> => {
    if (watch === undefined) throw new Error('Nothing is watched.');
    await watch.whenComplete;
    return { lastAt: watch.lastAt, arrivedAt: [...watch.arrivedAt] };
  },
};
export type DashboardsCalls = typeof calls;

/** The protocols of Engine.IO 4 and Socket.IO 5, as far as one that only listens needs them. */
function open({ url, apiKey }: { url: string; apiKey: string }, reads: boolean): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`);
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.startsWith('0{')) socket.send(`40${JSON.stringify({ apiKey })}`);
      else if (text.startsWith('40')) resolve();
      else if (text.startsWith('44')) reject(new Error(`A dashboard was refused: ${text}`));
      else if (text === '2') socket.send('3');
      else if (text.startsWith(beginning)) note(text, reads);
    });
  });
}

function note(text: string, reads: boolean): void {
  const now = Date.now();
  if (!watch || !text.includes(watch.statusId)) return;
  if (reads) {
    const [, update] = JSON.parse(text.slice(2)) as [string, Update];
    for (const { number } of update.viewers) {
      if (number !== null && !watch.arrivedAt.has(number)) watch.arrivedAt.set(number, now);
    }
  }
  const [, viewed] = /"viewed":(\d+)/.exec(text.slice(-countsWithin)) ?? [];
  if (Number(viewed) !== watch.people) return;
  watch.complete += 1;
  watch.lastAt = now;
  if (watch.complete === sockets.length) watch.tellComplete();
}

answerCalls(calls, () => {
  for (const socket of sockets) socket.terminate();
  return Promise.resolve();
});

import { useEffect } from 'react';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { z } from 'zod';
import { eventNames, events } from '../../../server/contract/events.js';
import type { EventName, EventPayload } from '../../../server/contract/events.js';
import { inFrontOf } from '../lib/in-front-of.js';
import { showEvent } from './live-cache.js';
import { queryClient } from '../lib/query-client.js';
import { basePath } from '../lib/server-address.js';
import { SharedValue } from '../lib/shared-value.js';
import { signInEnded } from '../lib/sign-in-state.js';

export interface LiveState {
  /** `connecting` only until the first connection; afterwards a missing one is `lost`. */
  connection: 'connecting' | 'live' | 'lost';
  /** Why there is no connection, in a sentence, where that is known. */
  lostBecause: string | null;
}

const live = new SharedValue<LiveState>({ connection: 'connecting', lostBecause: null });
export const useLiveState = live.use;

function changeLiveState(connection: LiveState['connection'], lostBecause: string | null = null): void {
  live.set({ connection, lostBecause });
}

/** What a refused request over long polling says: ours has a sentence, a proxy's has a status. */
const refusedRequestSchema = z.object({ context: z.object({ status: z.number(), responseText: z.string() }) });

function reasonOf(error: unknown): string | null {
  const refused = refusedRequestSchema.safeParse(error);
  if (!refused.success) return null;
  const { status, responseText } = refused.data.context;
  const sentence = /"message":("(?:[^"\\]|\\.)*")/.exec(responseText)?.[1];
  return sentence === undefined ? (inFrontOf(status) ?? null) : z.string().parse(JSON.parse(sentence));
}

function receive(name: EventName, payload: unknown): void {
  const parsed = events[name].payload.safeParse(payload);
  // A newer server may add fields and events; one that does not parse is answered by reading everything again.
  if (!parsed.success) void queryClient.invalidateQueries();
  else showEvent(name, parsed.data as EventPayload<typeof name>);
}

const refusalSchema = z.object({ data: z.object({ code: z.literal('unauthorized') }) });

const askAgainAfterMs = 5_000;

/** Connects; what it returns with the connection ends it. */
function connect(): { socket: Socket; leave: () => void } {
  let retry: number | undefined;
  const socket = io({
    path: `${basePath}socket.io/`,
    transports: ['websocket', 'polling'],
    // Where a proxy lets no WebSocket through, asking again and again goes everywhere.
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  });
  let connectedBefore = false;
  socket.on('connect', () => {
    changeLiveState('live');
    // What happened meanwhile was not pushed to this page, so everything on screen is read again.
    if (connectedBefore) void queryClient.invalidateQueries();
    connectedBefore = true;
  });
  socket.on('disconnect', (reason) => {
    if (reason === 'io client disconnect') return;
    changeLiveState('lost');
    // The server ended it on purpose, so the client library would not try again.
    if (reason === 'io server disconnect') socket.connect();
  });
  socket.on('connect_error', (error) => {
    if (refusalSchema.safeParse(error).success) signInEnded();
    else {
      changeLiveState('lost', reasonOf(error));
      // Refused by the server itself, and not on the way: the client library would not try again.
      if (!socket.active) retry = window.setTimeout(() => socket.connect(), askAgainAfterMs);
    }
  });
  for (const name of eventNames) {
    socket.on(name, (payload: unknown) => {
      receive(name, payload);
    });
  }
  return {
    socket,
    leave: () => {
      window.clearTimeout(retry);
      socket.disconnect();
    },
  };
}

/** Keeps one live connection of this sign-in for as long as the caller is on screen. */
export function useLiveEvents(signInId: string): void {
  useEffect(() => {
    const { socket, leave } = connect();
    const online = (): void => void socket.connect();
    window.addEventListener('online', online);
    return () => {
      window.removeEventListener('online', online);
      leave();
      changeLiveState('connecting');
    };
  }, [signInId]);
}

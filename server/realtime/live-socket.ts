import type { Server, Socket } from 'socket.io';
import type { EventListeners } from '../contract/events.js';

/** Clients only listen. */
type NothingSent = Record<string, never>;

/** Sends what the contract describes, and nothing else. */
export type LiveServer = Server<NothingSent, EventListeners>;
export type LiveSocket = Socket<NothingSent, EventListeners>;

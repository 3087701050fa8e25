import type { Principal } from '../access/principal.js';
import type { AppEvent, EventName } from '../contract/events.js';

/** Events that let whoever gets them link a phone: only for those who may run the session. */
const linkingEvents: ReadonlySet<EventName> = new Set(['qr-code', 'pairing-code']);

/** The rooms a client joins: one for all it may see, and one more if it may run sessions. */
export function roomsOf(principal: Principal): string[] {
  const reach =
    principal.sessionId !== null
      ? sessionRoom(principal.sessionId)
      : principal.organizationId !== null
        ? organizationRoom(principal.organizationId)
        : everythingRoom;
  const rooms = [reach];
  if (principal.capabilities.has('manage')) rooms.push(managing(reach));
  if (principal.keyId !== null) rooms.push(keyRoom(principal.keyId));
  if (principal.signIn) rooms.push(signInRoom(principal.signIn.id));
  return rooms;
}

/** The rooms whose members may have the event; who is in several gets it once. */
export function roomsFor(event: Pick<AppEvent, 'name' | 'organizationId' | 'sessionId'>): string[] {
  const rooms = [everythingRoom, organizationRoom(event.organizationId)];
  if (event.sessionId !== null) rooms.push(sessionRoom(event.sessionId));
  return linkingEvents.has(event.name) ? rooms.map(managing) : rooms;
}

const everythingRoom = 'everything';

export function organizationRoom(organizationId: string): string {
  return `organization:${organizationId}`;
}

export function sessionRoom(sessionId: string): string {
  return `session:${sessionId}`;
}

const keyRoomPrefix = 'key:';

export function keyRoom(keyId: string): string {
  return keyRoomPrefix + keyId;
}

/** The keys that have a room among these. */
export function keyIdsOf(rooms: Iterable<string>): string[] {
  return idsBehind(keyRoomPrefix, rooms);
}

const signInRoomPrefix = 'sign-in:';

export function signInRoom(signInId: string): string {
  return signInRoomPrefix + signInId;
}

/** The sign-ins that have a room among these. */
export function signInIdsOf(rooms: Iterable<string>): string[] {
  return idsBehind(signInRoomPrefix, rooms);
}

function idsBehind(prefix: string, rooms: Iterable<string>): string[] {
  return [...rooms].filter((room) => room.startsWith(prefix)).map((room) => room.slice(prefix.length));
}

function managing(room: string): string {
  return `${room}:manage`;
}

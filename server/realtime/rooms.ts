import type { Principal } from '../access/principal.js';
import { events, type AppEvent, type Hearers } from '../contract/events.js';

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

type RoutedEvent = Pick<AppEvent, 'name' | 'organizationId' | 'sessionId'>;

/** The rooms whose members may have the event; who is in several gets it once. */
export function roomsFor(event: RoutedEvent): string[] {
  return roomsOfHearers[events[event.name].heardBy](event);
}

const roomsOfHearers: Readonly<Record<Hearers, (event: RoutedEvent) => string[]>> = {
  session: readersOfSession,
  'session-managers': (event) => readersOfSession(event).map(managing),
  organization: readersOfOrganization,
  'session-or-organization': readersOfSession,
};

function readersOfOrganization({ organizationId }: RoutedEvent): string[] {
  return [everythingRoom, organizationRoom(organizationId)];
}

function readersOfSession(event: RoutedEvent): string[] {
  const rooms = readersOfOrganization(event);
  return event.sessionId === null ? rooms : [...rooms, sessionRoom(event.sessionId)];
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

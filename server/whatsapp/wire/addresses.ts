import type { PersonAddress } from '../gateway.js';
import { lidServer, userServer } from '../jid.js';

/** Which of the two forms of address a JID has. */
export type Server = typeof userServer | typeof lidServer;
export const statusBroadcast = 'status@broadcast';

export interface ParsedJid {
  user: string;
  server: string;
  deviceId: number;
}

/**
 * Splits `user[_agent][:device]@server`, with `.` before the agent as well, as whatsmeow writes and reads it. Undefined for
 * anything else, such as a server's JID without a user.
 */
export function parseJid(jid: string | null | undefined): ParsedJid | undefined {
  const match = /^([^@:_.]+)(?:[._]\d+)?(?::(\d{1,5}))?@([a-z0-9.]+)$/.exec(jid ?? '');
  const [, user, device, server] = match ?? [];
  if (user === undefined || server === undefined) return undefined;
  return { user, server, deviceId: Number(device ?? 0) };
}

export function deviceJid(user: string, server: string, deviceId: number): string {
  return deviceId === 0 ? `${user}@${server}` : `${user}:${String(deviceId)}@${server}`;
}

/** Numbers and LIDs of people. */
const userForm = /^\d{1,20}$/;

/** A JID of a person in either form, hosted devices included, without its device; undefined for groups and servers. */
export function personOfJid(jid: string | null | undefined): PersonAddress | undefined {
  const parsed = parseJid(jid);
  if (parsed === undefined || !userForm.test(parsed.user)) return undefined;
  if (parsed.server === lidServer || parsed.server === 'hosted.lid') return { phoneNumber: null, lid: parsed.user };
  if (parsed.server === userServer || parsed.server === 'hosted' || parsed.server === 'c.us') {
    return { phoneNumber: parsed.user, lid: null };
  }
  return undefined;
}

/** The name of a device in the stores of Signal keys (`jidToSignalProtocolAddress` of Baileys): `user.device`. */
export function signalAddress(jid: string): string {
  const parsed = parseJid(jid);
  if (parsed === undefined) throw new Error('Only a device has a Signal address.');
  const { user, server, deviceId } = parsed;
  return `${user}${server === lidServer ? '_1' : ''}.${String(deviceId)}`;
}

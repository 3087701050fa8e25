import { initAuthCreds, type AuthenticationState, type SignalDataTypeMap } from '@whiskeysockets/baileys';

/** Credentials and keys in memory: the fastest store that plain Baileys can have. */
export function memoryAuthState(): AuthenticationState {
  const rooms = new Map<string, Map<string, unknown>>();
  const roomOf = (type: string): Map<string, unknown> => {
    const room = rooms.get(type) ?? new Map<string, unknown>();
    rooms.set(type, room);
    return room;
  };
  return {
    creds: initAuthCreds(),
    keys: {
      get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const found: Record<string, SignalDataTypeMap[T]> = {};
        for (const id of ids) {
          const value = roomOf(type).get(id) as SignalDataTypeMap[T] | undefined;
          if (value !== undefined) found[id] = value;
        }
        return found;
      },
      set: (data) => {
        for (const [type, entries] of Object.entries(data)) {
          for (const [id, value] of Object.entries(entries)) {
            if (value === null) roomOf(type).delete(id);
            else roomOf(type).set(id, value);
          }
        }
      },
    },
  };
}

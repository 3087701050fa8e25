import type { AuthenticationCreds, BaileysEventMap, WASocket } from '@whiskeysockets/baileys';
import type { Logger } from '../../lib/logger.js';

export interface PresenceParts {
  socket: Pick<WASocket, 'ev' | 'sendPresenceUpdate'>;
  /** The credentials that the socket works on. */
  creds: AuthenticationCreds;
  logger: Logger;
}

/**
 * Keeps the account from being shown as online for the life of this socket; its phone would get no notifications.
 *
 * Baileys says `unavailable` once after a login, and only if it knows the account’s name by then: after a linking it does not
 * (Baileys #893, #2553). What it writes later, with the name when that comes and with nothing at all whenever the credentials
 * change, has no `type`, which stands for online (as zapo’s `presence.ts` writes it). So Baileys is shown no change of the
 * name, and each new name is told here, together with `unavailable`.
 */
export function stayUnavailable({ socket, creds, logger }: PresenceParts): void {
  const { ev } = socket;
  const pass = ev.emit.bind(ev);
  let isOpen = false;
  ev.on('connection.update', ({ connection }) => {
    if (connection !== undefined) isOpen = connection === 'open';
  });
  ev.emit = (event, data) => {
    if (event !== 'creds.update') return pass(event, data);
    const update = data as BaileysEventMap['creds.update'];
    const formerName = creds.me?.name;
    const me = update.me ?? creds.me;
    // Baileys compares the name of the update with that of the credentials.
    if (me !== undefined) creds.me = me;
    const passed = pass('creds.update', me === undefined ? update : { ...update, me });
    const name = creds.me?.name;
    if (isOpen && name !== undefined && name !== formerName) {
      socket.sendPresenceUpdate('unavailable').catch((error: unknown) => {
        logger.debug({ err: error }, 'the new name of the account could not be told');
      });
    }
    return passed;
  };
}

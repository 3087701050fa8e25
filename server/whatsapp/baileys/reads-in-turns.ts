import type { EventEmitter } from 'node:events';
import type { WASocket } from '@whiskeysockets/baileys';

/** What the socket is made of: it emits `message` for every frame. */
export interface PausableReader extends Pick<EventEmitter, 'on'> {
  pause(): void;
  resume(): void;
}

/** Below it nothing is slowed down: a read may have several hundred. */
const manyFrames = 100;

/**
 * Lets everything else have its turn of the event loop after a read of the socket that brought many frames. Node itself goes
 * on reading as long as the system has something, up to 32 times 64 KB: after an absence, or while thousands view at once,
 * that would hold the loop for as long as two megabytes of stanzas take.
 */
export function readInTurns(reader: PausableReader): void {
  let inThisTurn = 0;
  reader.on('message', () => {
    if (inThisTurn === 0) setImmediate(() => (inThisTurn = 0));
    inThisTurn += 1;
    if (inThisTurn !== manyFrames) return;
    reader.pause();
    // What was read meanwhile comes at once when it goes on: that is the whole of a turn.
    setImmediate(() => setImmediate(() => reader.resume()));
  });
}

/** What Baileys reads from. Throws where it has not begun to connect. */
export function readerOf({ ws }: Pick<WASocket, 'ws'>): PausableReader {
  const reader = ws['socket'];
  if (!reader) throw new Error('The socket has not begun to connect.');
  return reader;
}

import type { EventEmitter } from 'node:events';
import type { WASocket } from '@whiskeysockets/baileys';
import { nextLoopTurn } from '../../lib/running/loop-turns.js';
import { replaceListeners } from './socket-guards.js';

/** What the socket is made of: it emits `message` for every frame. */
export interface PausableReader extends EventEmitter {
  pause(): void;
  resume(): void;
}

/** Decrypting and reading so many stanzas holds the loop for some 10 ms. */
const framesPerTurn = 64;
/** What tells that there is no more: it is told after the frames that came before it. */
const endings = ['error', 'close'];

/**
 * Hands on what a socket brings, a few frames in each turn of the event loop, so that everything else has its turns as well.
 * Node goes on reading as long as the system has something, 64 KB at a time, and each read has several hundred frames: after
 * an absence, or while thousands view at once, that would hold the loop for as long as two megabytes of stanzas take.
 */
export class ReadsInTurns {
  private inThisTurn = 0;
  private held = 0;
  private readonly waiting: (() => void)[] = [];

  /** Stands in front of all who listen to the reader now. */
  constructor(private readonly reader: PausableReader) {
    for (const event of ['message', ...endings]) {
      replaceListeners(
        reader,
        event,
        (original) =>
          (...values) =>
            this.take(() => original(...values)),
      );
    }
  }

  /**
   * Reads nothing more until the function that it gives is called; what was read already still comes. Whoever is behind with
   * its work calls it, so that what arrives waits at WhatsApp, not in memory.
   */
  hold(): () => void {
    this.held += 1;
    this.reader.pause();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.held -= 1;
      this.readOn();
    };
  }

  private take(handOn: () => void): void {
    if (this.waiting.length === 0 && this.inThisTurn < framesPerTurn) {
      this.count();
      handOn();
      return;
    }
    this.waiting.push(handOn);
    if (this.waiting.length > 1) return;
    this.reader.pause();
    void this.handOnInTurns();
  }

  private async handOnInTurns(): Promise<void> {
    while (this.waiting.length > 0) {
      await nextLoopTurn();
      for (let room = Math.max(1, framesPerTurn - this.inThisTurn); room > 0; room -= 1) {
        const handOn = this.waiting.shift();
        if (!handOn) break;
        this.count();
        handOn();
      }
    }
    this.readOn();
  }

  private count(): void {
    if (this.inThisTurn === 0) setImmediate(() => (this.inThisTurn = 0));
    this.inThisTurn += 1;
  }

  private readOn(): void {
    if (this.held === 0 && this.waiting.length === 0) this.reader.resume();
  }
}

/** What Baileys reads from. Throws where it has not begun to connect. */
export function readerOf({ ws }: Pick<WASocket, 'ws'>): PausableReader {
  const reader = ws['socket'];
  if (!reader) throw new Error('The socket has not begun to connect.');
  return reader;
}

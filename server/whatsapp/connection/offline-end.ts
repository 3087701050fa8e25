import type { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';

/** WhatsApp's word that everything was delivered that waited while the account was offline. */
const offlineEnd = 'CB:ib,,offline';

/**
 * Sees to it that the end of the offline queue is told. Baileys keeps its events to itself until then, and asks for nothing
 * of the phone's address book after a linking; on some connections the word never comes (Baileys #2810). It is said in
 * WhatsApp's stead once nothing of the queue has come for so long. When the word comes after all, it changes nothing.
 */
export class OfflineEnd {
  /** Of what was announced, how many have not come yet. */
  private remaining = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: EventEmitter,
    private readonly quietMs: number,
  ) {
    socket.on('CB:success', () => this.wait());
    socket.on('frame', (frame: BinaryNode | Uint8Array) => {
      if (this.timer !== undefined && !(frame instanceof Uint8Array)) this.watch(frame);
    });
    socket.on(offlineEnd, () => this.stop());
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private watch({ tag, attrs, content }: BinaryNode): void {
    const first = Array.isArray(content) ? content[0] : undefined;
    if (tag === 'ib' && first?.tag === 'offline_preview') {
      this.remaining = Math.max(0, Number(first.attrs['count']) || 0);
      this.wait();
    }
    // What is live can be marked like that as well, and then for ever: only what was announced prolongs the wait.
    if (attrs['offline'] === undefined || this.remaining === 0) return;
    this.remaining -= 1;
    this.wait();
  }

  private wait(): void {
    this.stop();
    this.timer = setTimeout(() => {
      this.socket.emit(offlineEnd, { tag: 'ib', attrs: {}, content: [{ tag: 'offline', attrs: { count: '0' } }] });
    }, this.quietMs);
  }
}

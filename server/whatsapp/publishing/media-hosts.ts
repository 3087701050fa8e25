import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  S_WHATSAPP_NET,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';

export interface MediaHostsParts {
  socket: Pick<WASocket, 'query' | 'generateMessageTag'>;
  clock: Clock;
}

export interface KnownHosts {
  /** With the port, where it is not the usual one. */
  names: string[];
  /** What has to come with an upload. */
  auth: string;
  expiresAt: number;
}

/**
 * Where files lie on WhatsApp's side, as it says itself on this connection. In place of Baileys' own way, which keeps a failed
 * question for the hosts for ever.
 */
export class MediaHosts {
  private current: KnownHosts | undefined;

  constructor(private readonly parts: MediaHostsParts) {}

  /** What was answered last, however old. */
  get known(): KnownHosts | undefined {
    return this.current;
  }

  /** The next one who wants to know asks anew. */
  forget(): void {
    this.current = undefined;
  }

  /** In WhatsApp's order; a sentence for the log where it does not say it. Remembered as long as WhatsApp says. */
  async ask({ afresh = false }: { afresh?: boolean } = {}): Promise<KnownHosts | string> {
    const now = this.parts.clock.now().getTime();
    if (!afresh && this.current !== undefined && this.current.expiresAt > now) return this.current;
    this.current = undefined;
    try {
      const { socket } = this.parts;
      const answer: unknown = await socket.query({
        tag: 'iq',
        attrs: { id: socket.generateMessageTag(), to: S_WHATSAPP_NET, type: 'set', xmlns: 'w:m' },
        content: [{ tag: 'media_conn', attrs: {} }],
      });
      // After its time without an answer, Baileys resolves to nothing.
      if (answer === undefined) return 'WhatsApp did not say where its media hosts are';
      this.current = hostsOf(answer as BinaryNode, now);
      return this.current ?? 'WhatsApp’s answer names no media host';
    } catch (error) {
      const reason = error instanceof Error ? error.message : `closed with ${String(error)}`;
      return `WhatsApp did not say where its media hosts are: ${reason}`;
    }
  }
}

function hostsOf(answer: BinaryNode, now: number): KnownHosts | undefined {
  const node = getBinaryNodeChild(answer, 'media_conn');
  const auth = node?.attrs['auth'];
  if (node === undefined || auth === undefined) return undefined;
  const names = getBinaryNodeChildren(node, 'host').flatMap(({ attrs }) => attrs['hostname'] ?? []);
  if (names.length === 0) return undefined;
  const ttlSeconds = Math.min(Number(node.attrs['ttl'] ?? 0), Number(node.attrs['auth_ttl'] ?? node.attrs['ttl'] ?? 0));
  return { names, auth, expiresAt: now + (Number.isFinite(ttlSeconds) ? ttlSeconds : 0) * 1000 };
}

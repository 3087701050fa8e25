import type { proto } from '@whiskeysockets/baileys';
import type { BinaryNode } from '../wire/node.js';
import type { OutgoingMessage } from './outgoing-stanzas.js';

const maxRemembered = 50;

/** What a person sent, in the form in which one device gets it again. */
export interface SentMessage {
  /** The own device that sent it: nobody else can encrypt it again. */
  device: number;
  /** Asking for it again changes nothing: it is never sent again. */
  isLost?: boolean;
  /** Made anew for every resend, because a status brings the current sender key along. */
  message(): proto.IMessage;
  build(parts: Omit<OutgoingMessage, 'type'>): BinaryNode;
}

/** The last fifty messages of a person, by id, as apps keep them for those who could not read them. */
export class SentBook {
  private readonly sent = new Map<string, SentMessage>();

  add(id: string, sent: SentMessage): void {
    this.sent.delete(id);
    this.sent.set(id, sent);
    const [oldest] = this.sent.keys();
    if (this.sent.size > maxRemembered && oldest !== undefined) this.sent.delete(oldest);
  }

  find(id: string): SentMessage | undefined {
    return this.sent.get(id);
  }
}

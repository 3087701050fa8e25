import { randomBytes } from 'node:crypto';
import type { Companion } from '../state/account.js';
import type { CompanionLink } from '../state/companion.js';
import type { WireConnection } from '../transport/wire-connection.js';
import type { IqContext } from './iq-handler.js';
import { answerIq } from './iq-router.js';
import type { MessageRouter } from './message-router.js';
import { parseJid, pnJid, statusBroadcast } from '../wire/jid.js';
import { edgeRouting, offlineEnd, offlinePreview, preKeyLow, success } from '../wire/login-stanzas.js';
import { childOf, describeNode, element, type BinaryNode } from '../wire/node.js';
import { handleReceipt, type ReceiptContext } from './receipt-router.js';
import type { ServerContext } from './server-context.js';
import { loginFailure, replaced } from '../wire/stream-end.js';

export type OnlineContext = IqContext &
  ReceiptContext &
  Pick<ServerContext, 'events' | 'nextStanzaId'> & { readonly router: MessageRouter };

/** Why a login is refused, as the `reason` of the failure node, or null. */
function judgeLogin(companion: Companion | undefined, noiseKey: Buffer): string | null {
  if (!companion) return 'this device is not linked';
  if (!companion.confirmed) return 'this device never confirmed its identity';
  if (!companion.registration.noiseKey.equals(noiseKey)) return 'the Noise key is not the one of the linked device';
  return null;
}

/** Logs a linked device in, or answers with a failure and closes. */
export function logIn(
  context: OnlineContext,
  wire: WireConnection,
  login: { phoneNumber: string; deviceId: number | null; pushName: string | null },
  noiseKey: Buffer,
): OnlineSession | null {
  const account = context.world.findAccount(login.phoneNumber);
  const companion = login.deviceId === null ? undefined : account?.companions.get(login.deviceId);
  const reason = login.deviceId === null ? 'a login that names no device' : judgeLogin(companion, noiseKey);
  if (reason !== null || !companion) {
    context.refusals.record(pnJid(login.phoneNumber, login.deviceId ?? 0), 'login', reason ?? 'unknown');
    refuseLogin(context, wire, '401');
    return null;
  }
  const failure = companion.account.loginFailure ?? context.faults.onLogin(companion);
  if (failure) {
    refuseLogin(context, wire, failure.reason, failure.attributes);
    return null;
  }
  companion.pushName = login.pushName ?? companion.pushName;
  const session = new OnlineSession(context, wire, companion);
  session.start();
  return session;
}

function refuseLogin(
  context: OnlineContext,
  wire: WireConnection,
  reason: string,
  attributes?: Record<string, string>,
): void {
  const failure = loginFailure(reason, attributes);
  context.events.emit('stanza', 'sent', failure);
  wire.send(failure);
  wire.close();
}

/** A linked device that is connected. */
export class OnlineSession implements CompanionLink {
  private readonly address: string;
  queries = 0;
  private stanzas = 0;
  private second = 0;
  private isCutOff = false;
  /** Nothing is delivered but what the device refused on an earlier connection. */
  private isWithholding = false;

  constructor(
    private readonly context: OnlineContext,
    readonly wire: WireConnection,
    readonly companion: Companion,
  ) {
    this.address = pnJid(companion.account.phoneNumber, companion.deviceId);
  }

  start(): void {
    const { companion } = this;
    if (companion.link) {
      this.context.log('warn', 'replaced', { device: this.address });
      companion.link.end(replaced());
    }
    companion.link = this;
    companion.loginCount += 1;
    const waiting = companion.outbox.pending();
    this.send(success(companion.account.person.lid, companion.deviceId));
    this.send(edgeRouting(randomBytes(8)));
    if (waiting.length > 0) this.send(offlinePreview(waiting));
    void this.deliverOffline(waiting);
  }

  send(node: BinaryNode): void {
    this.context.events.emit('stanza', 'sent', node);
    this.wire.send(node);
  }

  deliver(node: BinaryNode): void {
    if (this.isWithholding) return;
    const { liveOfflineMark } = this.context.settings;
    this.send(liveOfflineMark === null ? node : markedOffline(node, liveOfflineMark));
  }

  end(node: BinaryNode | null): void {
    this.send(node ?? element('xmlstreamend'));
    this.wire.close();
    this.closed();
  }

  closed(): void {
    if (this.companion.link === this) {
      this.companion.link = null;
      this.companion.lastSeenAt = new Date();
    }
  }

  async handle(node: BinaryNode): Promise<void> {
    if (this.isFlooding()) return;
    this.context.events.emit('stanza', 'received', node);
    switch (node.tag) {
      case 'iq':
        this.queries += 1;
        // Detached: a slow answer must not hold the stanzas behind it.
        void this.answer(node);
        return;
      case 'message':
        return this.context.router.accept(this.companion, node);
      case 'receipt':
        return handleReceipt(this.context, this.companion, node);
      case 'ack':
        return this.settle(node);
      case 'chatstate':
        return this.judgeTyping(node);
      case 'presence':
      case 'ib':
        return;
      case 'call':
        // Whoever turns a call down waits for this; there are no calls.
        return this.send(element('ack', { class: 'call', id: node.attrs['id'], from: node.attrs['to'] }));
      default:
        this.context.log('error', 'a stanza that the simulator does not know', { node: describeNode(node) });
        this.context.refusals.record(this.address, 'unknown-stanza', `<${node.tag}> is not a stanza of a client`);
    }
  }

  private async answer(iq: BinaryNode): Promise<void> {
    const answer = await answerIq(this.context, this.companion, this.address, iq);
    if (answer) this.send(answer);
    if (iq.attrs['xmlns'] === 'passive' && childOf(iq, 'active')) this.context.events.emit('online', this.companion);
  }

  /** Nobody's phone shows it here; what other devices would not understand is refused all the same. */
  private judgeTyping({ attrs, content }: BinaryNode): void {
    const states = Array.isArray(content) ? content.map(({ tag }) => tag) : [];
    const isState = states.length === 1 && (states[0] === 'composing' || states[0] === 'paused');
    if (isState && parseJid(attrs['to']) !== undefined) return;
    const reason = 'a chatstate says to one person that we type (composing), or stopped (paused)';
    this.context.refusals.record(this.address, 'chatstate', reason);
  }

  private settle(ack: BinaryNode): void {
    const { outbox } = this.companion;
    const { class: tag, error, id, from, to = from, participant } = ack.attrs;
    if (tag !== 'message') return void outbox.settle(ack);
    if (error !== undefined) {
      this.context.log('info', 'a device could not use a message', { device: this.address, id, error });
    }
    if (error !== undefined && to === statusBroadcast && this.context.settings.holdQueueBehindErrorAck) {
      return outbox.refuseMessage(id, to, participant);
    }
    outbox.settleMessage(id, to, participant);
    if (this.isWithholding) void this.deliverOffline(outbox.pending());
  }

  private async deliverOffline(waiting: readonly BinaryNode[]): Promise<void> {
    const { holdQueueBehindErrorAck } = this.context.settings;
    const refused = holdQueueBehindErrorAck ? this.companion.outbox.firstRefused() : undefined;
    this.isWithholding = refused !== undefined;
    if (refused) return this.send(markedOffline(refused, '0'));
    for (const [index, stanza] of waiting.entries()) {
      if (!this.wire.isOpen) return;
      this.send(markedOffline(stanza, String(index)));
      await this.context.breathe();
    }
    if (this.context.settings.offlineEnd) this.send(offlineEnd(waiting.length));
    const { preKeyLowMark } = this.context.settings;
    const { preKeyCount, loginCount } = this.companion;
    if (loginCount > 1 && preKeyCount < preKeyLowMark) {
      this.send(preKeyLow(this.context.nextStanzaId(), preKeyCount));
    }
  }

  private isFlooding(): boolean {
    if (this.isCutOff) return true;
    const second = Math.floor(this.context.now() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.stanzas = 0;
    }
    this.stanzas += 1;
    const { stanzasPerSecond } = this.context.settings;
    if (this.stanzas <= stanzasPerSecond) return false;
    this.isCutOff = true;
    this.context.refusals.record(this.address, 'flood', `more than ${stanzasPerSecond} stanzas in a second`);
    this.wire.close(1008);
    return true;
  }
}

function markedOffline(stanza: BinaryNode, offline: string): BinaryNode {
  return { ...stanza, attrs: { ...stanza.attrs, offline } };
}

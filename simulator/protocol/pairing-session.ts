import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { verifyDeviceSignature, type PendingDeviceIdentity } from '../crypto/adv.js';
import type { Account, Companion } from '../state/account.js';
import type { Registration } from '../state/companion.js';
import type { PairingDesk } from '../state/pairing-desk.js';
import type { WireConnection } from '../transport/wire-connection.js';
import { parseJid, serverJid } from '../wire/jid.js';
import { childOf, element, unixSeconds, type BinaryNode } from '../wire/node.js';
import {
  companionHelloAnswer,
  pairDevice,
  pairSuccess,
  primaryHello,
  readCompanionFinish,
  readCompanionHello,
  readPairDeviceSign,
  type CompanionFinish,
  type PrimaryHello,
} from '../wire/pairing-stanzas.js';
import { iqError, iqResult } from '../wire/iq-answers.js';
import type { ServerContext } from './server-context.js';
import { restartRequired } from '../wire/stream-end.js';
import { Waiter } from '../lib/waiter.js';

export type PairingContext = Pick<ServerContext, 'events' | 'nextStanzaId' | 'now' | 'refusals' | 'settings'> & {
  readonly desk: PairingDesk<PairingSession>;
};

/** A connection that registers: it shows QRs, may ask for a code, and waits for a phone. */
export class PairingSession {
  private readonly signature = new Waiter<BinaryNode>();
  private readonly companionFinish = new Waiter<CompanionFinish>();
  private codeRef: Buffer | null = null;
  private signIqId: string | null = null;
  private expiry: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly context: PairingContext,
    private readonly wire: WireConnection,
    readonly registration: Registration,
    readonly platform: string,
  ) {}

  /** Sends the refs and keeps the connection for as long as they last. */
  start(): void {
    const { firstQrMs, nextQrMs, qrRefs } = this.context.settings;
    const refs = Array.from({ length: qrRefs }, () => `2@${randomBytes(24).toString('base64url')}`);
    const startedAt = this.context.now();
    refs.forEach((ref, index) => {
      this.context.desk.offer(ref, this, startedAt + firstQrMs + index * nextQrMs);
    });
    const lifetimeMs = firstQrMs + (qrRefs - 1) * nextQrMs;
    this.expiry = setTimeout(() => this.end(null), lifetimeMs).unref();
    this.send(pairDevice(this.context.nextStanzaId(), refs));
  }

  handle(node: BinaryNode): void {
    this.context.events.emit('stanza', 'received', node);
    if (node.tag === 'iq') return this.handleIq(node);
    // Baileys announces itself as soon as it knows its number, which is before the restart.
    if (node.tag === 'ack' || node.tag === 'ib' || node.tag === 'presence') return;
    this.refuse('pairing-stanza', `a <${node.tag}> before the device is linked`);
  }

  closed(): void {
    this.isClosed = true;
    clearTimeout(this.expiry);
    this.context.desk.withdraw(this);
    this.signature.fail(new Error('the client closed the connection before it was linked'));
    this.companionFinish.fail(new Error('the client closed the connection before it was linked'));
  }

  /** Hands the phone's answer to the code to the client and waits for the key bundle. */
  async exchangeCode(ref: Buffer, hello: PrimaryHello): Promise<CompanionFinish> {
    const finish = this.companionFinish.wait(this.context.settings.pairingAnswerMs, 'the key bundle');
    this.send(primaryHello(this.context.nextStanzaId(), ref, hello));
    return finish;
  }

  /**
   * Sends `pair-success` and waits for the device's signature. Null when the device is linked and told to restart,
   * words when what it answered does not hold.
   */
  async complete(companion: Companion, pending: PendingDeviceIdentity): Promise<string | null> {
    const { account } = companion;
    this.context.desk.withdraw(this);
    this.signIqId = this.context.nextStanzaId();
    const answer = this.signature.wait(this.context.settings.pairingAnswerMs, 'the signed device identity');
    this.send(
      pairSuccess({
        id: this.signIqId,
        phoneNumber: account.phoneNumber,
        lid: account.person.lid,
        deviceId: companion.deviceId,
        container: pending.container,
        platform: 'android',
      }),
    );
    const reason = this.checkSignature(await answer, companion, account, pending);
    if (reason !== null) {
      this.refuse('pair-device-sign', reason);
      this.end(null);
      return reason;
    }
    companion.confirmed = true;
    this.end(restartRequired());
    return null;
  }

  /** The passkey gate: the client is asked for something that it cannot give, and then nothing happens any more. */
  demandPasskey(): void {
    this.context.desk.withdraw(this);
    const id = this.context.nextStanzaId();
    const attributes = { from: serverJid, type: 'passkey_prologue_request', id, t: unixSeconds() };
    this.send(element('notification', attributes, [element('passkey_prologue_request')]));
  }

  private checkSignature(
    answer: BinaryNode,
    companion: Companion,
    account: Account,
    pending: PendingDeviceIdentity,
  ): string | null {
    const signed = readPairDeviceSign(answer);
    if (typeof signed === 'string') return signed;
    if (signed.keyIndex !== pending.keyIndex)
      return `the key index is ${signed.keyIndex} instead of ${pending.keyIndex}`;
    const check = verifyDeviceSignature(signed.identity, {
      details: pending.details,
      companionIdentity: this.registration.identityKey,
      accountIdentity: account.identity.publicKey,
    });
    if (!check.ok) return check.reason;
    companion.deviceIdentity = withAccountKey(signed.identity, account.identity.publicKey);
    return null;
  }

  private handleIq(iq: BinaryNode): void {
    const { id, type, xmlns } = iq.attrs;
    if (type === 'result' && id !== undefined && id === this.signIqId) return this.signature.resolve(iq);
    if (type === 'result') return;
    if (type === 'error') return this.refuse('pairing-iq', 'the client answered a pairing stanza with an error');
    const linkCode = childOf(iq, 'link_code_companion_reg');
    if (xmlns === 'md' && linkCode) return this.handleLinkCode(iq, linkCode);
    if (xmlns === 'w:p' || xmlns === 'urn:xmpp:ping') return this.send(iqResult(iq));
    this.refuse('pairing-iq', `an iq of ${xmlns ?? 'no namespace'} before the device is linked`);
    this.send(iqError(iq, 401, 'not-authorized'));
  }

  private handleLinkCode(iq: BinaryNode, node: BinaryNode): void {
    const { linkCodeError } = this.context.settings;
    if (linkCodeError !== null) return this.send(iqError(iq, linkCodeError, 'planned'));
    const reason = node.attrs['stage'] === 'companion_hello' ? this.hello(iq, node) : this.finish(iq, node);
    if (reason === null) return;
    this.refuse('link-code', reason);
    this.send(iqError(iq, 400, 'bad-request'));
  }

  private hello(iq: BinaryNode, node: BinaryNode): string | null {
    const hello = readCompanionHello(node);
    if (typeof hello === 'string') return hello;
    const phone = parseJid(hello.phoneJid);
    if (phone?.form !== 'pn') return `"${hello.phoneJid}" is not a phone number`;
    if (!/^[1-9]\d{6,14}$/.test(phone.user)) return `"${phone.user}" is not a phone number with its country code`;
    if (!hello.serverAuthKey.equals(this.registration.noiseKey))
      return 'the server auth key is not the key of this connection';
    this.codeRef = Buffer.from(randomBytes(16).toString('base64url'));
    this.context.desk.withdrawCode(this);
    this.context.desk.awaitCode(phone.user, {
      ref: this.codeRef,
      session: this,
      wrappedEphemeral: hello.wrappedEphemeral,
      expiresAt: this.context.now() + this.context.settings.codeMs,
    });
    this.send(companionHelloAnswer(iq.attrs['id'], this.codeRef));
    return null;
  }

  private finish(iq: BinaryNode, node: BinaryNode): string | null {
    if (node.attrs['stage'] !== 'companion_finish')
      return `the linking stage "${node.attrs['stage'] ?? ''}" is unknown`;
    const finish = readCompanionFinish(node);
    if (typeof finish === 'string') return finish;
    if (!this.codeRef || !finish.ref.equals(this.codeRef)) return 'the pairing ref is not the one that was given out';
    if (!finish.identityKey.equals(this.registration.identityKey)) {
      return 'the companion identity is not the one that this connection registered';
    }
    if (!this.companionFinish.isWaiting) return 'no key bundle is expected now';
    this.send(iqResult(iq));
    this.companionFinish.resolve(finish);
    return null;
  }

  private end(node: BinaryNode | null): void {
    if (this.isClosed) return;
    this.send(node ?? element('xmlstreamend'));
    this.wire.close();
  }

  private send(node: BinaryNode): void {
    this.context.events.emit('stanza', 'sent', node);
    this.wire.send(node);
  }

  private refuse(rule: string, reason: string): void {
    this.context.refusals.record('a device that is being linked', rule, reason);
  }
}

/** The client leaves the account's key out of its answer; others need it to check the account's signature. */
function withAccountKey(signedIdentity: Buffer, accountSignatureKey: Buffer): Buffer {
  const signed = proto.ADVSignedDeviceIdentity.decode(signedIdentity);
  return Buffer.from(proto.ADVSignedDeviceIdentity.encode({ ...signed, accountSignatureKey }).finish());
}

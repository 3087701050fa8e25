import assert from 'node:assert/strict';
import libsignal from 'libsignal';
import { type DeviceOutcome, encryptForDevice } from '../../server/whatsapp/signal/encrypt-for-devices.js';
import type { PreKeyBundle, SignalIdentity } from '../../server/whatsapp/signal/session-start.js';
import { asStoredRecord, type StoredSessionRecord } from '../../server/whatsapp/signal/stored-session.js';
import { type createContactDevice, signalAddress, SignalMemory } from './signal-memory.js';

export type ContactDevice = ReturnType<typeof createContactDevice>;
type Sealed = Extract<DeviceOutcome, { ok: true }>;

export const from = signalAddress('account');
export const to = signalAddress('contact');

function identityOf(memory: SignalMemory): SignalIdentity {
  return {
    publicKey: memory.identity.pubKey,
    privateKey: memory.identity.privKey,
    registrationId: memory.registrationId,
  };
}

/** An account whose stored sessions are written by us and by libsignal in turn. */
export class Account {
  readonly memory = new SignalMemory();
  readonly identity = identityOf(this.memory);

  get record(): StoredSessionRecord | null {
    const text = this.memory.sessions.get(to.toString());
    return text === undefined ? null : asStoredRecord(JSON.parse(text));
  }

  /** Encrypts with our core and stores the record as the publisher would. */
  seal(payload: string, bundle?: PreKeyBundle): Sealed {
    const device = { address: 'contact', record: this.record, bundle };
    const outcome = encryptForDevice(this.identity, Buffer.from(payload), device, Date.now());
    assert.ok(outcome.ok);
    this.memory.sessions.set(to.toString(), JSON.stringify(outcome.record));
    return outcome;
  }

  async sealWithLibsignal(payload: string): Promise<{ type: 'pkmsg' | 'msg'; body: Buffer }> {
    const sealed = await new libsignal.SessionCipher(this.memory, to).encrypt(Buffer.from(payload));
    return { type: sealed.type === 3 ? 'pkmsg' : 'msg', body: Buffer.from(sealed.body, 'binary') };
  }

  async open(body: Buffer): Promise<string> {
    return (await new libsignal.SessionCipher(this.memory, to).decryptWhisperMessage(body)).toString();
  }
}

/** Decrypts at the contact's device, with libsignal. */
export async function openAt(contact: ContactDevice, sealed: { type: 'pkmsg' | 'msg'; body: Buffer }): Promise<string> {
  const cipher = new libsignal.SessionCipher(contact.memory, from);
  const plain =
    sealed.type === 'pkmsg'
      ? await cipher.decryptPreKeyWhisperMessage(sealed.body)
      : await cipher.decryptWhisperMessage(sealed.body);
  return plain.toString();
}

/** A plain message from the contact's device, which has a session by now. */
export async function answerFrom(contact: ContactDevice, text: string): Promise<Buffer> {
  const { type, body } = await new libsignal.SessionCipher(contact.memory, from).encrypt(Buffer.from(text));
  assert.equal(type, 1);
  return Buffer.from(body, 'binary');
}

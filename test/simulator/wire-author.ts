import { ok } from 'node:assert/strict';
import { once } from 'node:events';
import { encodeSignedDeviceIdentity, type BinaryNode, type proto } from '@whiskeysockets/baileys';
import { openSession } from '../../simulator/contact/ratchet-session.js';
import { bytesOf, childOf, element } from '../../simulator/wire/node.js';
import { Conversation, OpenSenderKey, type Ciphertext } from './open-ciphertexts.js';
import type { PlainClient } from './plain-client.js';

interface Bundle {
  identity: Buffer;
  signedPreKey: { id: number; publicKey: Buffer };
  preKey: { id: number; publicKey: Buffer } | null;
}

/**
 * Sends over the connection of a linked Baileys client what no honest client would: the identity is the client's own,
 * the ciphertexts come from elsewhere, so that each of their parts can be wrong alone.
 */
export class WireAuthor {
  constructor(private readonly client: PlainClient) {}

  /** The keys of a device as the server hands them out, a one-time prekey spent. */
  async bundle(jid: string): Promise<Bundle> {
    const query = element('iq', { xmlns: 'encrypt', type: 'get', to: '@s.whatsapp.net' }, [
      element('key', {}, [element('user', { jid })]),
    ]);
    const answer = (await this.client.socket.query(query)) as BinaryNode;
    const user = childOf(childOf(answer, 'list'), 'user');
    const identity = bytesOf(childOf(user, 'identity'));
    ok(identity, `no keys for ${jid}`);
    const preKey = childOf(user, 'key');
    return { identity, signedPreKey: readKey(childOf(user, 'skey')), preKey: preKey ? readKey(preKey) : null };
  }

  /** A conversation with one device, opened with these keys or with fresh ones. */
  async converse(jid: string, bundle?: Bundle): Promise<Conversation> {
    const { registrationId, signedIdentityKey } = this.client.auth.creds;
    const publicKey = Buffer.from(signedIdentityKey.public);
    const privateKey = Buffer.from(signedIdentityKey.private);
    const session = openSession(privateKey, bundle ?? (await this.bundle(jid)));
    return new Conversation({ registrationId, publicKey }, session);
  }

  /** A private message to one device. Resolves with the error of the server's acknowledgement, or null. */
  message(jid: string, ciphertext: Ciphertext, id: string): Promise<string | null> {
    return this.send({ to: jid, id, type: 'text' }, [enc(ciphertext)]);
  }

  /** A status for one device: its own ciphertext, if any, and the shared one. Resolves as `message` does. */
  status(jid: string, own: Ciphertext | null, shared: Uint8Array, id: string): Promise<string | null> {
    return this.statusTo([{ jid, own }], shared, id);
  }

  /** The same for several: a person's address without a ciphertext of its own stands for all the person's devices. */
  statusTo(
    entries: readonly { jid: string; own: Ciphertext | null }[],
    shared: Uint8Array,
    id: string,
  ): Promise<string | null> {
    const participants = entries.map(({ jid, own }) => element('to', { jid }, own ? [enc(own)] : undefined));
    const content = [enc({ type: 'skmsg', bytes: shared }), element('participants', {}, participants)];
    return this.send({ to: 'status@broadcast', id, type: 'text' }, content);
  }

  /** A status once more, to one device only, which is named as the participant. */
  resend(jid: string, ciphertext: Ciphertext, id: string): Promise<string | null> {
    return this.send({ to: 'status@broadcast', participant: jid, id, type: 'text' }, [enc(ciphertext)]);
  }

  /** A genuine status with any content, under a key of its own. */
  async story(jid: string, message: proto.IMessage, id: string): Promise<string | null> {
    const key = new OpenSenderKey();
    return this.status(jid, (await this.converse(jid)).seal(key.distribution()), key.seal(message), id);
  }

  private async send(attrs: Record<string, string>, content: BinaryNode[]): Promise<string | null> {
    const { account } = this.client.auth.creds;
    ok(account);
    const identity = element('device-identity', {}, Buffer.from(encodeSignedDeviceIdentity(account, true)));
    const acknowledged = once(this.client.socket.ws, `CB:ack,id:${attrs['id'] ?? ''}`) as Promise<[BinaryNode]>;
    await this.client.socket.sendNode(element('message', attrs, [...content, identity]));
    const [ack] = await acknowledged;
    return ack.attrs['error'] ?? null;
  }
}

function enc({ type, bytes }: Ciphertext): BinaryNode {
  return element('enc', { v: '2', type }, Buffer.from(bytes));
}

function readKey(node: BinaryNode | undefined): { id: number; publicKey: Buffer } {
  const id = bytesOf(childOf(node, 'id'));
  const publicKey = bytesOf(childOf(node, 'value'));
  ok(id?.length === 3 && publicKey?.length === 32);
  return { id: id.readUIntBE(0, 3), publicKey };
}

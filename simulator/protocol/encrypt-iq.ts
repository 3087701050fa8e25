import { createHash } from 'node:crypto';
import type { PublicPreKey, SignedPublicPreKey } from '../state/companion.js';
import { namesOf } from '../state/person.js';
import type { DeviceBundle } from '../state/world.js';
import { iqError, iqResult } from '../wire/iq-answers.js';
import type { IqHandler, IqRequest } from './iq-handler.js';
import { parseJid } from '../wire/jid.js';
import { bytesOf, childOf, childrenOf, element, unixSeconds, type BinaryNode } from '../wire/node.js';
import { readPreKey, readRegistrationId, readSignedPreKey } from './prekey-node.js';

const maxUsers = 20_000;
const keyType = Buffer.from([5]);

/** Prekeys: how many are left, uploading them, checking them, and fetching those of others. */
export const answerEncrypt: IqHandler = (request) => {
  const { iq, companion } = request;
  if (iq.attrs['type'] === 'get') {
    if (childOf(iq, 'count')) return iqResult(iq, [element('count', { value: companion.preKeyCount })]);
    if (childOf(iq, 'digest')) return digest(request);
    const keys = childOf(iq, 'key');
    if (keys) return fetchBundles(request, keys);
  }
  if (childOf(iq, 'rotate')) return rotate(request);
  if (childOf(iq, 'registration')) return upload(request);
  return request.refuse('encrypt', 'an encrypt request that asks for nothing known');
};

function upload({ iq, companion, refuse }: IqRequest): BinaryNode {
  const { registration } = companion;
  if (readRegistrationId(childOf(iq, 'registration')) !== registration.registrationId) {
    return refuse('prekey-upload', 'the registration id is not the one of the linked device', 406, 'not-acceptable');
  }
  if (!bytesOf(childOf(iq, 'type'))?.equals(keyType)) return refuse('prekey-upload', 'the key type is not 05');
  if (!bytesOf(childOf(iq, 'identity'))?.equals(registration.identityKey)) {
    return refuse('prekey-upload', 'the identity is not the one of the linked device', 406, 'not-acceptable');
  }
  const signed = readSignedPreKey(companion.registration.identityKey, childOf(iq, 'skey'));
  if (typeof signed === 'string') return refuse('prekey-upload', signed, 406, 'not-acceptable');
  const keys: PublicPreKey[] = [];
  for (const node of childrenOf(childOf(iq, 'list'), 'key')) {
    const key = readPreKey(node);
    if (!key) return refuse('prekey-upload', 'a prekey needs an id of 3 bytes and a key of 32');
    keys.push(key);
  }
  if (keys.length === 0) return refuse('prekey-upload', 'an upload without prekeys');
  const reason = companion.addPreKeys(keys);
  if (reason !== null) return refuse('prekey-upload', reason, 406, 'not-acceptable');
  companion.signedPreKey = signed;
  return iqResult(iq);
}

function rotate({ iq, companion, refuse }: IqRequest): BinaryNode {
  const signed = readSignedPreKey(companion.registration.identityKey, childOf(childOf(iq, 'rotate'), 'skey'));
  if (typeof signed === 'string') return refuse('prekey-rotate', signed, 406, 'not-acceptable');
  companion.signedPreKey = signed;
  return iqResult(iq);
}

/**
 * What the server holds of the device's own keys: the ids of the one-time prekeys that are left, and SHA-1 over identity,
 * signed prekey, its signature and those prekeys in this order. Source: `validateLocalKeyBundle` of the web client, as
 * whatsapp-rust follows it.
 */
function digest({ iq, companion }: IqRequest): BinaryNode {
  if (companion.preKeyCount === 0) return iqError(iq, 404, 'item-not-found');
  const { registration, signedPreKey } = companion;
  const preKeys = companion.preKeys();
  const hash = createHash('sha1').update(registration.identityKey).update(signedPreKey.publicKey);
  hash.update(signedPreKey.signature);
  for (const { publicKey } of preKeys) hash.update(publicKey);
  return iqResult(iq, [
    element('digest', {}, [
      element('registration', {}, registrationBytes(registration.registrationId)),
      element('type', {}, keyType),
      element('identity', {}, registration.identityKey),
      signedPreKeyNode(signedPreKey),
      element(
        'list',
        {},
        preKeys.map(({ id }) => element('id', {}, idBytes(id))),
      ),
      element('hash', {}, hash.digest()),
    ]),
  ]);
}

async function fetchBundles({ iq, context, companion, refuse }: IqRequest, keys: BinaryNode): Promise<BinaryNode> {
  const users = childrenOf(keys, 'user');
  if (users.length > maxUsers)
    return refuse('prekey-fetch', `${users.length} users in one request`, 406, 'not-acceptable');
  const answers: BinaryNode[] = [];
  for (const user of users) {
    const jid = user.attrs['jid'];
    const address = parseJid(jid);
    if (!address) return refuse('prekey-fetch', `"${jid ?? ''}" is not a device`);
    const person = context.world.findPerson(address);
    const names = [address.user, ...(person ? namesOf(person) : [])];
    const error = context.faults.onPreKeys(companion, names, address.device);
    const bundle = error ? undefined : context.world.takeBundle(address);
    answers.push(bundle ? bundleNode(jid, bundle) : errorNode(jid, error));
    await context.breathe();
  }
  return iqResult(iq, [element('list', {}, answers)]);
}

function bundleNode(jid: string | undefined, bundle: DeviceBundle): BinaryNode {
  const children = [
    element('registration', {}, registrationBytes(bundle.registrationId)),
    element('type', {}, keyType),
    element('identity', {}, bundle.identity),
    signedPreKeyNode(bundle.signedPreKey),
  ];
  if (bundle.preKey) {
    children.push(
      element('key', {}, [element('id', {}, idBytes(bundle.preKey.id)), element('value', {}, bundle.preKey.publicKey)]),
    );
  }
  if (bundle.deviceIdentity) children.push(element('device-identity', {}, bundle.deviceIdentity));
  return element('user', { jid, t: unixSeconds() }, children);
}

function errorNode(jid: string | undefined, error?: { code: number; text: string }): BinaryNode {
  const { code, text } = error ?? { code: 404, text: 'item-not-found' };
  return element('user', { jid }, [element('error', { code, text })]);
}

function signedPreKeyNode(key: SignedPublicPreKey): BinaryNode {
  return element('skey', {}, [
    element('id', {}, idBytes(key.id)),
    element('value', {}, key.publicKey),
    element('signature', {}, key.signature),
  ]);
}

function registrationBytes(registrationId: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(registrationId);
  return bytes;
}

function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(id, 0, 3);
  return bytes;
}

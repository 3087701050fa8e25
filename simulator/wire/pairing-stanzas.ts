import { lidJid, pnJid, serverJid } from './jid.js';
import { bytesOf, childOf, element, textOf, unixSeconds, type BinaryNode } from './node.js';

const qrPrefix = 'https://wa.me/settings/linked_devices#';

export interface QrContent {
  ref: string;
  noiseKey: Buffer;
  identityKey: Buffer;
  advSecret: Buffer;
}

/** What a phone reads from a QR: `…#ref,noise,identity,advSecret,platform`. Words when it is not a linking QR. */
export function parseQr(text: string): QrContent | string {
  const trimmed = text.trim();
  const body = trimmed.startsWith(qrPrefix) ? trimmed.slice(qrPrefix.length) : trimmed;
  const [ref, noise, identity, secret, ...rest] = body.split(',');
  if (!ref || !noise || !identity || !secret || rest.length > 1) return 'this is not a QR for linking a device';
  const keys = [noise, identity, secret].map((part) => Buffer.from(part, 'base64'));
  const [noiseKey, identityKey, advSecret] = keys;
  if (!noiseKey || !identityKey || !advSecret || keys.some((key) => key.length !== 32)) {
    return 'the keys in the QR do not have 32 bytes each';
  }
  return { ref, noiseKey, identityKey, advSecret };
}

export function pairDevice(id: string, refs: readonly string[]): BinaryNode {
  const children = refs.map((ref) => element('ref', {}, Buffer.from(ref)));
  return element('iq', { from: serverJid, type: 'set', id, xmlns: 'md' }, [element('pair-device', {}, children)]);
}

export interface PairSuccess {
  id: string;
  phoneNumber: string;
  lid: string | null;
  deviceId: number;
  container: Buffer;
  platform: string;
}

export function pairSuccess({ id, phoneNumber, lid, deviceId, container, platform }: PairSuccess): BinaryNode {
  const device = { jid: pnJid(phoneNumber, deviceId), lid: lid === null ? undefined : lidJid(lid, deviceId) };
  return element('iq', { from: serverJid, type: 'set', id, xmlns: 'md', t: unixSeconds() }, [
    element('pair-success', {}, [
      element('device-identity', {}, container),
      element('device', device),
      element('platform', { name: platform }),
    ]),
  ]);
}

/** The client's answer to `pair-success`. */
export function readPairDeviceSign(iq: BinaryNode): { keyIndex: number; identity: Buffer } | string {
  const identityNode = childOf(childOf(iq, 'pair-device-sign'), 'device-identity');
  const identity = bytesOf(identityNode);
  if (!identity) return 'the answer to pair-success holds no signed device identity';
  return { keyIndex: Number(identityNode?.attrs['key-index']), identity };
}

/** The first stanza of linking by code: the companion asks for a phone number. */
export interface CompanionHello {
  phoneJid: string;
  wrappedEphemeral: Buffer;
  serverAuthKey: Buffer;
  platformDisplay: string;
}

const platformDisplayForm = /^[A-Za-z][\w .-]* \([\w .-]+\)$/;

export function readCompanionHello(node: BinaryNode): CompanionHello | string {
  const wrappedEphemeral = bytesOf(childOf(node, 'link_code_pairing_wrapped_companion_ephemeral_pub'));
  if (wrappedEphemeral?.length !== 80) return 'the wrapped ephemeral key must have 80 bytes';
  const serverAuthKey = bytesOf(childOf(node, 'companion_server_auth_key_pub'));
  if (serverAuthKey?.length !== 32) return 'the server auth key must have 32 bytes';
  if (!textOf(childOf(node, 'companion_platform_id'))) return 'the platform id is missing';
  const platformDisplay = textOf(childOf(node, 'companion_platform_display')) ?? '';
  if (!platformDisplayForm.test(platformDisplay)) {
    return `the platform display must look like "Chrome (Mac OS)", not "${platformDisplay}"`;
  }
  return { phoneJid: node.attrs['jid'] ?? '', wrappedEphemeral, serverAuthKey, platformDisplay };
}

export function companionHelloAnswer(id: string | undefined, ref: Buffer): BinaryNode {
  return element('iq', { from: serverJid, type: 'result', id }, [
    element('link_code_companion_reg', { stage: 'companion_hello' }, [element('link_code_pairing_ref', {}, ref)]),
  ]);
}

/** What the phone sends once the person has typed the code. */
export interface PrimaryHello {
  wrappedEphemeral: Buffer;
  identityKey: Buffer;
}

export function primaryHello(id: string, ref: Buffer, hello: PrimaryHello): BinaryNode {
  return element('notification', { from: serverJid, type: 'link_code_companion_reg', id, t: unixSeconds() }, [
    element('link_code_companion_reg', { stage: 'primary_hello' }, [
      element('link_code_pairing_wrapped_primary_ephemeral_pub', {}, hello.wrappedEphemeral),
      element('primary_identity_pub', {}, hello.identityKey),
      element('link_code_pairing_ref', {}, ref),
    ]),
  ]);
}

export interface CompanionFinish {
  wrappedKeyBundle: Buffer;
  identityKey: Buffer;
  ref: Buffer;
}

export function readCompanionFinish(node: BinaryNode): CompanionFinish | string {
  const wrappedKeyBundle = bytesOf(childOf(node, 'link_code_pairing_wrapped_key_bundle'));
  if (wrappedKeyBundle?.length !== 156) return 'the wrapped key bundle must have 156 bytes';
  const identityKey = bytesOf(childOf(node, 'companion_identity_public'));
  if (identityKey?.length !== 32) return 'the identity key of the companion must have 32 bytes';
  const ref = bytesOf(childOf(node, 'link_code_pairing_ref'));
  if (!ref) return 'the pairing ref is missing';
  return { wrappedKeyBundle, identityKey, ref };
}

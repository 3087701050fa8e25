import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Contact } from '../../simulator/contact/contact.js';
import type { Delivery } from '../../simulator/contact/delivery.js';
import type { Correspondent, Sent } from '../../simulator/contact/sending.js';
import { SignalDevice } from '../../simulator/contact/signal-device.js';
import { bytesOf, childOf, childrenOf, type BinaryNode } from '../../simulator/wire/node.js';

export interface TestPerson {
  contact: Contact;
  phoneNumber: string;
  lid: string;
  device(id: number): SignalDevice;
}

/** Somebody with as many devices as asked for. */
export function newPerson(phoneNumber: string, options: { devices?: number; readReceipts?: boolean } = {}): TestPerson {
  const devices = new Map<number, SignalDevice>();
  for (let id = 0; id < (options.devices ?? 1); id += 1) devices.set(id, new SignalDevice({ seed: randomBytes(32) }));
  const lid = `900${phoneNumber}`;
  const { readReceipts = true } = options;
  const contact = new Contact({
    phoneNumber,
    lid,
    name: `Person ${phoneNumber}`,
    verifiedName: null,
    readReceipts,
    signalDevice: (id) => devices.get(id),
  });
  const device = (id: number): SignalDevice => {
    const found = devices.get(id);
    assert.ok(found);
    return found;
  };
  return { contact, phoneNumber, lid, device };
}

export function correspondent(person: TestPerson, deviceId = 0): Correspondent {
  return {
    phoneNumber: person.phoneNumber,
    deviceId,
    takeBundle: () => person.contact.findDevice(deviceId)?.takePreKeyBundle(),
  };
}

/** The delivery that a server makes of the node for one device. */
export function deliveryOf(
  node: BinaryNode,
  from: TestPerson,
  fromDevice: number,
  to: Correspondent,
  at: number,
): Delivery {
  return {
    messageId: node.attrs['id'] ?? '',
    from: {
      phoneNumber: from.phoneNumber,
      lid: from.lid,
      deviceId: fromDevice,
      accountIdentity: from.device(0).identityPublicKey,
      identity: from.device(fromDevice).identityPublicKey,
    },
    toDevice: to.deviceId,
    addressedAs: `900${to.phoneNumber}${to.deviceId === 0 ? '' : `:${to.deviceId}`}@lid`,
    parts: childrenOf(node, 'enc').map((enc) => ({
      type: enc.attrs['type'] as 'pkmsg' | 'msg' | 'skmsg',
      bytes: bytesOf(enc) ?? new Uint8Array(),
    })),
    deviceIdentity: bytesOf(childOf(node, 'device-identity')),
    chat: node.attrs['from'] === 'status@broadcast' ? 'status' : 'direct',
    at,
  };
}

/** The single node that a person sent; fails in words when nothing was sent. */
export function onlyNode(sent: Sent): BinaryNode {
  assert.ok(sent.ok, sent.ok ? '' : sent.reason);
  assert.equal(sent.messages.length, 1);
  const node = sent.messages[0]?.node;
  assert.ok(node);
  return node;
}

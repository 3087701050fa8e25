import { startProcess } from './child-process.js';
import type { PlainBaileysCalls } from './plain-baileys.js';
import type { Subject } from './subject.js';

const linkTimeoutMs = 60_000;
const postTimeoutMs = 900_000;

/** Baileys alone, with its keys in memory. */
export function createPlainBaileys(): Subject {
  const child = startProcess<PlainBaileysCalls>('plain-baileys', {});
  return {
    name: 'plain Baileys',
    link: ({ url, control, rootKeyHex }) => child.call('link', { url, control, rootKeyHex }, linkTimeoutMs),
    post: (contacts, text) => child.call('post', { jids: contacts.map((contact) => contact.jid), text }, postTimeoutMs),
    cpuMs: () => child.call('cpuMs', undefined, postTimeoutMs),
    stop: () => child.stop(),
  };
}

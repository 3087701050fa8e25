import { lidJid, serverJid } from './jid.js';
import { element, unixSeconds, type BinaryNode } from './node.js';

/** `<success>`; without its `lid` a client forgets the one it had. */
export function success(lid: string | null, deviceId: number): BinaryNode {
  return element('success', {
    t: unixSeconds(),
    props: '27',
    location: 'frc',
    lid: lid === null ? undefined : lidJid(lid, deviceId),
  });
}

export function edgeRouting(info: Buffer): BinaryNode {
  return element('ib', { from: serverJid }, [element('edge_routing', {}, [element('routing_info', {}, info)])]);
}

/** What waits for the device, counted by kind. */
export function offlinePreview(stanzas: readonly BinaryNode[]): BinaryNode {
  const count = (tag: string) => stanzas.filter((stanza) => stanza.tag === tag).length;
  return element('ib', { from: serverJid }, [
    element('offline_preview', {
      count: stanzas.length,
      message: count('message'),
      receipt: count('receipt'),
      notification: count('notification'),
      appdata: 0,
    }),
  ]);
}

/** Everything that waited has been sent. Without it a client keeps its events to itself. */
export function offlineEnd(count: number): BinaryNode {
  return element('ib', { from: serverJid }, [element('offline', { count })]);
}

export function preKeyLow(id: string, count: number): BinaryNode {
  return element('notification', { from: serverJid, type: 'encrypt', id, t: unixSeconds() }, [
    element('count', { value: count }),
  ]);
}

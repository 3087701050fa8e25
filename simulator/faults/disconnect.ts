import { element, type BinaryNode } from '../wire/node.js';
import { deviceRemoved, loginFailure, replaced, restartRequired, streamError } from '../wire/stream-end.js';
import type { WireConnection } from '../transport/wire-connection.js';

/** The ways in which a connection ends, or seems to. The close code that Baileys reports is in brackets. */
export type Disconnect =
  /** `<stream:error>` with a code (that code), or without one (500). */
  | { kind: 'stream-error'; code?: string | undefined }
  /** 515 */
  | { kind: 'restart-required' }
  /** Another connection of the same device (440). */
  | { kind: 'replaced' }
  /** Unlinked from the phone, as told by the stream error alone (401). */
  | { kind: 'device-removed' }
  /** 500 */
  | { kind: 'malformed' }
  /** `<stream:error><ack/>`: the server misses acknowledgements (500). */
  | { kind: 'missing-acks' }
  /** `<failure>` with this reason (that reason; 500 without one). */
  | { kind: 'failure'; reason?: string | undefined; attributes?: Record<string, string> | undefined }
  /** The multi-device notice (411). */
  | { kind: 'downgrade' }
  /** `<xmlstreamend/>` (428). */
  | { kind: 'stream-end' }
  /** The WebSocket is closed with this code (428). */
  | { kind: 'close'; code?: number | undefined }
  /** The TCP connection is reset (428). */
  | { kind: 'reset' }
  /** Half a frame, then a reset (428). */
  | { kind: 'cut-frame' }
  /** A frame that does not open; the client must notice by itself. */
  | { kind: 'garbage' }
  /** Half-open: nothing comes and nothing is read (408 once the client misses its keep-alive). */
  | { kind: 'silence' };

/** Carries a disconnect out. Stream errors are followed by the server's own closing of the socket. */
export function disconnect(wire: WireConnection, how: Disconnect): void {
  switch (how.kind) {
    case 'close':
      return wire.close(how.code ?? 1011);
    case 'reset':
      return wire.terminate();
    case 'cut-frame':
      return wire.sendCutFrame(element('xmlstreamend', { reason: 'x'.repeat(64) }));
    case 'garbage':
      return wire.sendGarbage();
    case 'silence':
      wire.faults.silent = true;
      return;
    default:
      wire.send(lastWords(how));
      wire.close();
  }
}

type Spoken = Exclude<Disconnect, { kind: 'close' | 'reset' | 'cut-frame' | 'garbage' | 'silence' }>;

function lastWords(how: Spoken): BinaryNode {
  switch (how.kind) {
    case 'stream-error':
      return streamError(how.code);
    case 'restart-required':
      return restartRequired();
    case 'replaced':
      return replaced();
    case 'device-removed':
      return deviceRemoved();
    case 'malformed':
      return streamError(undefined, [element('xml-not-well-formed')]);
    case 'missing-acks':
      return streamError(undefined, [element('ack')]);
    case 'failure':
      return how.reason === undefined ? element('failure') : loginFailure(how.reason, how.attributes);
    case 'downgrade':
      return element('ib', {}, [element('downgrade_webclient')]);
    case 'stream-end':
      return element('xmlstreamend');
  }
}

import { serverJid } from './jid.js';
import { element, type BinaryNode } from './node.js';

/** `<iq type="result">` for this request; requests to a group or a person are answered from there. */
export function iqResult(request: BinaryNode, content?: BinaryNode[]): BinaryNode {
  return element('iq', { from: request.attrs['to'] ?? serverJid, type: 'result', id: request.attrs['id'] }, content);
}

/** The client rejects its query with this code and text. */
export function iqError(request: BinaryNode, code: number, text: string): BinaryNode {
  return element('iq', { from: request.attrs['to'] ?? serverJid, type: 'error', id: request.attrs['id'] }, [
    element('error', { code, text }),
  ]);
}

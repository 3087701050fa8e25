import { element, type BinaryNode } from './node.js';

/** `<stream:error>`; a conflict without a code is reported as 440 whatever its type, so unlinking carries 401. */
export function streamError(code: string | undefined, children?: BinaryNode[]): BinaryNode {
  return element('stream:error', { code }, children);
}

export function restartRequired(): BinaryNode {
  return streamError('515');
}

export function replaced(): BinaryNode {
  return streamError(undefined, [element('conflict', { type: 'replaced' })]);
}

export function deviceRemoved(): BinaryNode {
  return streamError('401', [element('conflict', { type: 'device_removed' })]);
}

/** Instead of `<success>`: the login is refused. */
export function loginFailure(reason: string, attributes: Record<string, string> = {}): BinaryNode {
  return element('failure', { reason, location: 'frc', ...attributes });
}

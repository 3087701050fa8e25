import type { Companion } from '../state/companion.js';
import type { BinaryNode } from '../wire/node.js';
import type { ServerContext } from './server-context.js';

export interface IqRequest {
  readonly iq: BinaryNode;
  readonly companion: Companion;
  readonly context: ServerContext;
  /** Refuses in words and answers with this error. */
  refuse(rule: string, reason: string, code?: number, text?: string): BinaryNode;
}

/** Null means: no answer. */
export type IqHandler = (request: IqRequest) => BinaryNode | null | Promise<BinaryNode | null>;

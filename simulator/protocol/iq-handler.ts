import type { Companion } from '../state/account.js';
import type { BinaryNode } from '../wire/node.js';
import type { ServerContext } from './server-context.js';

/** What answers to requests are made from. */
export type IqContext = Pick<ServerContext, 'breathe' | 'faults' | 'log' | 'media' | 'refusals' | 'settings' | 'world'>;

export interface IqRequest {
  readonly iq: BinaryNode;
  readonly companion: Companion;
  readonly context: IqContext;
  /** Refuses in words and answers with this error. */
  refuse(rule: string, reason: string, code?: number, text?: string): BinaryNode;
}

/** Null means: no answer. */
export type IqHandler = (request: IqRequest) => BinaryNode | null | Promise<BinaryNode | null>;

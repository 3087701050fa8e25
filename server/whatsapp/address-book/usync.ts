import { type BinaryNode, S_WHATSAPP_NET, type WASocket } from '@whiskeysockets/baileys';
import { askInParts } from './ask-in-parts.js';
import { UnansweredError } from '../gateway.js';

/** What is asked of each person, and for what purpose, in WhatsApp's words. */
export interface UsyncQuestion {
  context: 'background' | 'interactive' | 'message';
  protocols: readonly BinaryNode[];
}

/** How many people one question to the server names. */
const usersPerQuestion = 500;

export function childOf(node: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return Array.isArray(node?.content) ? node.content.find((child) => child.tag === tag) : undefined;
}

/**
 * The `<user>` nodes that WhatsApp answers about these people. Baileys' own way reads them too, and throws for all of them
 * when the answer about one is an error. Whoever WhatsApp refuses to speak of is missing. Rejects with
 * {@link UnansweredError}: silence is not "none".
 */
export function askUsync(
  socket: Pick<WASocket, 'query' | 'generateMessageTag' | 'ws'>,
  { context, protocols }: UsyncQuestion,
  users: readonly BinaryNode[],
): Promise<BinaryNode[]> {
  return askInParts(socket, users, usersPerQuestion, async (some) => {
    const attrs = { context, mode: 'query', sid: socket.generateMessageTag(), last: 'true', index: '0' };
    const content: BinaryNode[] = [
      { tag: 'query', attrs: {}, content: [...protocols] },
      { tag: 'list', attrs: {}, content: [...some] },
    ];
    const answer = (await socket.query({
      tag: 'iq',
      attrs: { to: S_WHATSAPP_NET, type: 'get', xmlns: 'usync' },
      content: [{ tag: 'usync', attrs, content }],
    })) as BinaryNode | undefined;
    const list = childOf(childOf(answer, 'usync'), 'list');
    if (list === undefined) throw new UnansweredError('WhatsApp did not answer a question about recipients.');
    return Array.isArray(list.content) ? list.content.filter(({ tag }) => tag === 'user') : [];
  });
}

import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';

/**
 * The server's ack for a message with this id; undefined when there is none in time or the socket ends. Baileys' own wait
 * takes any stanza with the id for the answer, and a viewer's receipt, which carries the same id, can come first. Chunks
 * of one post share their id, so only one may be under way.
 */
export function waitForAck(
  socket: Pick<WASocket, 'ws'>,
  messageId: string,
  { timeoutMs, ended }: { timeoutMs: number; ended: AbortSignal },
): Promise<BinaryNode | undefined> {
  const event = `CB:ack,id:${messageId}`;
  return new Promise((resolve) => {
    const settle = (ack: BinaryNode | undefined): void => {
      clearTimeout(timer);
      socket.ws.off(event, onAck);
      ended.removeEventListener('abort', onEnd);
      resolve(ack);
    };
    const onAck = (ack: BinaryNode): void => {
      if (ack.attrs['class'] === 'message') settle(ack);
    };
    const onEnd = (): void => settle(undefined);
    const timer = setTimeout(onEnd, timeoutMs);
    socket.ws.on(event, onAck);
    if (ended.aborted) onEnd();
    else ended.addEventListener('abort', onEnd);
  });
}

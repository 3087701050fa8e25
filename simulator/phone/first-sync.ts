import type { ServerContext } from '../protocol/server-context.js';
import type { Companion } from '../state/account.js';
import { savePushName, sendChats } from './address-book.js';
import { sendInitialHistory, type HistoryContext } from './history.js';

/** What a phone sends to a device on its first login: keys, the account's name, then chats and names in chunks. */
export async function sendFirstSync(
  context: HistoryContext & Pick<ServerContext, 'breathe'>,
  companion: Companion,
): Promise<void> {
  const { account } = companion;
  if (account.appState.version('critical_block') === 0) savePushName(account);
  sendInitialHistory(context, companion);
  if (account.chats.length > 0) await sendChats(context, companion, account.chats);
}

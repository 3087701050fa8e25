import { proto } from '@whiskeysockets/baileys';
import { encryptMedia } from '../media/media-crypto.js';
import type { Account } from '../state/account.js';
import { iqResult } from '../wire/iq-answers.js';
import type { IqContext, IqHandler } from './iq-handler.js';
import { childOf, childrenOf, element, type BinaryNode } from '../wire/node.js';

const knownCollections: ReadonlySet<string> = new Set([
  'critical_block',
  'critical_unblock_low',
  'regular_high',
  'regular_low',
  'regular',
]);

/** A client that starts from nothing gets what took more patches than this as one file. */
const patchesBeforeSnapshot = 20;

/** The account's synchronised state, collection by collection. */
export const answerAppState: IqHandler = async ({ iq, companion, context, refuse }) => {
  const collections = childrenOf(childOf(iq, 'sync'), 'collection');
  if (collections.length === 0) return refuse('app-state', 'a sync request without collections');
  const answers = [];
  for (const collection of collections) {
    const { name = '', version } = collection.attrs;
    if (!knownCollections.has(name)) return refuse('app-state', `there is no collection "${name}"`);
    const { account } = companion;
    const wantsAll = collection.attrs['return_snapshot'] === 'true';
    if (wantsAll && account.appState.version(name) > patchesBeforeSnapshot) {
      answers.push(await snapshotAnswer(context, account, name));
      continue;
    }
    const answer = account.appState.answer(name, Number(version ?? 0), collection);
    if (typeof answer === 'string') return refuse('app-state', answer, 409, 'conflict');
    answers.push(answer);
  }
  return iqResult(iq, [element('sync', {}, answers)]);
};

/** The reference to a file on the media host that holds the whole collection, as the real server answers. */
async function snapshotAnswer(context: IqContext, account: Account, name: string): Promise<BinaryNode> {
  const version = account.appState.version(name);
  const plain = proto.SyncdSnapshot.encode(account.appState.snapshot(name) ?? {}).finish();
  const { file, claim } = await encryptMedia(Buffer.from(plain), 'app-state');
  const { mediaKey, fileSha256, fileEncSha256, sizeBytes } = claim;
  const directPath = await context.media.put(file);
  const reference = { mediaKey, directPath, fileSha256, fileEncSha256, fileSizeBytes: sizeBytes };
  const bytes = Buffer.from(proto.ExternalBlobReference.encode(reference).finish());
  return element('collection', { name, version, type: 'result' }, [element('snapshot', {}, bytes)]);
}

import { type BinaryNode, getBinaryNodeChild, getBinaryNodeChildren } from '@whiskeysockets/baileys';

/** What an answer brings of one collection. */
export interface CollectionAnswer {
  /** A reference to the whole collection as of some version (`ExternalBlobReference`). */
  snapshot: Uint8Array | undefined;
  /** Changes after the version that was asked for (`SyncdPatch`), oldest first. */
  patches: Uint8Array[];
  hasMore: boolean;
}

/**
 * Takes one collection out of an answer to a sync request: what it brings, and the answer as if there were nothing new in
 * it. Undefined for any other stanza, and for an answer without news of the collection.
 */
export function takeCollection(
  node: BinaryNode,
  name: string,
): { taken: CollectionAnswer; rest: BinaryNode } | undefined {
  const sync = node.tag === 'iq' ? getBinaryNodeChild(node, 'sync') : undefined;
  const collection = getBinaryNodeChildren(sync, 'collection').find(({ attrs }) => attrs['name'] === name);
  if (sync === undefined || collection === undefined) return undefined;
  const patches = getBinaryNodeChildren(getBinaryNodeChild(collection, 'patches') ?? collection, 'patch');
  const snapshot = bytesOf(getBinaryNodeChild(collection, 'snapshot'));
  if (patches.length === 0 && snapshot === undefined) return undefined;
  const { has_more_patches: more, ...attrs } = collection.attrs;
  const emptied: BinaryNode = { tag: 'collection', attrs };
  const children = getBinaryNodeChildren(sync, 'collection').map((one) => (one === collection ? emptied : one));
  return {
    taken: { snapshot, patches: patches.flatMap((patch) => bytesOf(patch) ?? []), hasMore: more === 'true' },
    rest: { ...node, content: [{ ...sync, content: children }] },
  };
}

function bytesOf(node: BinaryNode | undefined): Uint8Array | undefined {
  return node?.content instanceof Uint8Array && node.content.length > 0 ? node.content : undefined;
}

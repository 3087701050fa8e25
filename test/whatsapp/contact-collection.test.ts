import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Agent } from 'node:https';
import { type BinaryNode, type SignalKeyStore, encodeSyncdPatch, newLTHashState, proto } from '@whiskeysockets/baileys';
import { ContactCollection, contactsCollection } from '../../server/whatsapp/app-state/contact-collection.js';
import type { StateChange } from '../../server/whatsapp/app-state/open-mutation.js';
import { createLogger } from '../../server/lib/logger.js';

const keyId = Buffer.from([0, 0, 1, 2, 3, 4]).toString('base64');
const { SET, REMOVE } = proto.SyncdMutation.SyncdOperation;

describe('the collection of saved contacts', () => {
  let stored: Map<string, unknown>;
  let told: string[];
  let asked: BinaryNode[];
  let passed: BinaryNode[];
  let keysCame: number;
  let canKeep: boolean;
  let ws: EventEmitter;
  let ev: EventEmitter;
  let collection: ContactCollection;
  let version: number;
  const keyData = randomBytes(32);

  beforeEach(() => {
    stored = new Map<string, unknown>([[`app-state-sync-key/${keyId}`, { keyData }]]);
    [told, asked, passed, keysCame, canKeep, version] = [[], [], [], 0, true, 0];
    ws = new EventEmitter();
    ev = new EventEmitter();
    const keys: SignalKeyStore = {
      get: (kind, ids) =>
        Promise.resolve(Object.fromEntries(ids.map((id) => [id, stored.get(`${kind}/${id}`)])) as never),
      set: (data) => {
        for (const [kind, entries] of Object.entries(data)) {
          for (const [id, value] of Object.entries(entries)) stored.set(`${kind}/${id}`, value);
        }
      },
    };
    const query = (node: BinaryNode): Promise<undefined> => {
      asked.push(node);
      return Promise.resolve(undefined);
    };
    collection = new ContactCollection({
      socket: { ws, ev, query, refreshMediaConn: () => Promise.resolve({ hosts: [] }) },
      keys,
      mediaAgent: new Agent(),
      tell: (changes) => {
        told.push(...changes.map(inWords));
        return Promise.resolve(canKeep);
      },
      onKey: () => {
        keysCame += 1;
      },
      logger: createLogger({ logLevel: 'silent' }),
    });
    ws.on('TAG:1', (node: BinaryNode) => passed.push(node));
  });
  afterEach(() => collection.close());

  /** The next patch that the phone writes, with one entry. */
  async function patch(name: string, operation: proto.SyncdMutation.SyncdOperation = SET): Promise<Buffer> {
    const index = ['contact', `${name}@s.whatsapp.net`];
    const syncAction = { contactAction: { fullName: name } };
    const encoded = await encodeSyncdPatch(
      { type: contactsCollection, index, syncAction, apiVersion: 2, operation },
      keyId,
      { ...newLTHashState(), version },
      () => Promise.resolve({ keyData }),
    );
    version = encoded.state.version;
    return Buffer.from(proto.SyncdPatch.encode({ ...encoded.patch, version: { version } }).finish());
  }

  async function answer(patches: Buffer[], attrs: Record<string, string> = {}): Promise<void> {
    const content = patches.map((bytes) => ({ tag: 'patch', attrs: {}, content: bytes }));
    const collections: BinaryNode[] = [
      { tag: 'collection', attrs: { name: 'regular', version: '1' } },
      {
        tag: 'collection',
        attrs: { name: contactsCollection, version: '0', ...attrs },
        content: [{ tag: 'patches', attrs: {}, content }],
      },
    ];
    ws.emit('TAG:1', {
      tag: 'iq',
      attrs: { id: '1', type: 'result' },
      content: [{ tag: 'sync', attrs: {}, content: collections }],
    });
    await collection.drain();
  }

  it('is told entry by entry, and Baileys sees an answer without it', async () => {
    await answer([await patch('ada'), await patch('bob')]);
    assert.deepEqual(told, ['+ ada', '+ bob']);
    assert.equal(await collection.version(), 2);
    const [sync] = passed[0]?.content as BinaryNode[];
    assert.deepEqual(sync?.content, [
      { tag: 'collection', attrs: { name: 'regular', version: '1' } },
      { tag: 'collection', attrs: { name: contactsCollection, version: '0' } },
    ]);
  });

  it('tells of contacts that were removed', async () => {
    await answer([await patch('ada'), await patch('ada', REMOVE)]);
    assert.deepEqual(told, ['+ ada', '- ada']);
  });

  it('asks on where there is more', async () => {
    await answer([await patch('ada')], { has_more_patches: 'true' });
    assert.match(JSON.stringify(asked), /"version":"1"/);
    assert.doesNotMatch(JSON.stringify(passed), /has_more_patches/);
  });

  it('skips what is known, and what does not follow', async () => {
    const [first, second, third] = [await patch('ada'), await patch('bob'), await patch('eve')];
    await answer([first]);
    await answer([first, third]);
    assert.deepEqual([told, await collection.version()], [['+ ada'], 1]);
    await answer([second, third]);
    assert.deepEqual([told, await collection.version()], [['+ ada', '+ bob', '+ eve'], 3]);
  });

  it('keeps its version when what was told could not be kept', async () => {
    canKeep = false;
    await answer([await patch('ada')]);
    assert.equal(await collection.version(), 0);
  });

  it('waits for a key that the phone has not shared yet', async () => {
    stored.clear();
    await answer([await patch('ada')]);
    ev.emit('creds.update', {});
    assert.deepEqual([told, keysCame], [[], 0]);
    ev.emit('creds.update', { myAppStateKeyId: keyId });
    ev.emit('creds.update', { myAppStateKeyId: keyId });
    assert.equal(keysCame, 1);
  });

  it('leaves out an entry that the phone did not write, and takes the others', async () => {
    const forged = proto.SyncdPatch.decode(await patch('ada'));
    const blob = forged.mutations[0]?.record?.value?.blob;
    assert.ok(blob);
    blob[20] = (blob[20] ?? 0) ^ 1;
    await answer([Buffer.from(proto.SyncdPatch.encode(forged).finish()), await patch('bob')]);
    assert.deepEqual([told, await collection.version()], [['+ bob'], 2]);
  });
});

function inWords({ isRemoval, index, value }: StateChange): string {
  return `${isRemoval ? '-' : '+'} ${value.contactAction?.fullName ?? index.join()}`;
}

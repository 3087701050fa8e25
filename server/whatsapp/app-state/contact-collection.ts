import type { Agent } from 'node:https';
import { proto, type AuthenticationCreds, type BinaryNode, type SignalKeyStore } from '@whiskeysockets/baileys';
import { withDeadline } from '../../lib/deadline.js';
import type { Logger } from '../../lib/logger.js';
import { userServer } from '../jid.js';
import { nextLoopTurn } from '../../lib/running/loop-turns.js';
import { type CollectionAnswer, takeCollection } from './collection-answer.js';
import { downloadBlob } from './external-blob.js';
import { type EntryKeys, type StateChange, entryKeysOf, openMutation } from './open-mutation.js';
import { protobufFields } from './protobuf-fields.js';

/** The collection of the synchronised state that holds the saved contacts. */
export const contactsCollection = 'critical_unblock_low';

export interface ContactCollectionParts {
  /** The parts of a Baileys socket that this works on. */
  socket: {
    ws: { emit: (event: string | symbol, ...values: unknown[]) => boolean };
    ev: { on: (event: 'creds.update', listener: (update: Partial<AuthenticationCreds>) => void) => void };
    query: (node: BinaryNode) => Promise<unknown>;
    refreshMediaConn: (force: boolean) => Promise<{ hosts: { hostname: string }[] }>;
  };
  keys: SignalKeyStore;
  mediaAgent: Agent;
  /** Resolves once these changes are safe; false when they could not be kept. */
  tell: (changes: StateChange[]) => Promise<boolean>;
  /** The key that was missing has come: everything should be asked for again. */
  onKey: () => void;
  logger: Logger;
}

/** About 5 ms of work between two turns of the event loop. */
const changesPerSlice = 250;
const queryMs = 30_000;

class MissingKeyError extends Error {}

/**
 * The saved contacts as the phone synchronises them, read here in slices instead of by Baileys: that opens tens of thousands
 * of entries at a stretch, keeps an index of all of them in one value that it writes again after every answer, and tells of
 * a contact that was removed as if it were saved. Baileys still decides when to ask; it sees answers without news of this
 * collection. Its hash is not kept: nothing here writes to it.
 */
export class ContactCollection {
  private readonly ended = new AbortController();
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  private isBlocked = false;

  constructor(private readonly parts: ContactCollectionParts) {
    const { ws, ev } = parts.socket;
    const pass = ws.emit.bind(ws);
    ws.emit = (event: string | symbol, ...values: unknown[]) => {
      const found = typeof event === 'string' && event.startsWith('TAG:') ? takeFrom(values[0]) : undefined;
      if (found === undefined) return pass(event, ...values);
      this.enqueue(() => this.apply(found.taken));
      return pass(event, found.rest);
    };
    ev.on('creds.update', ({ myAppStateKeyId }) => {
      if (myAppStateKeyId === undefined || !this.isBlocked) return;
      this.isBlocked = false;
      parts.onKey();
    });
  }

  /** Up to which version everything was told; 0 before the first time. */
  async version(): Promise<number> {
    const stored = await this.parts.keys.get('app-state-sync-version', [contactsCollection]);
    return stored[contactsCollection]?.version ?? 0;
  }

  /** The next sync brings everything from the beginning. What arrived before is done with when this resolves. */
  async forget(): Promise<void> {
    this.enqueue(async () => {
      await this.parts.keys.set({ 'app-state-sync-version': { [contactsCollection]: null } });
    });
    await this.drain();
  }

  /** Resolves when everything that arrived so far, and what was asked for because of it, is told. */
  async drain(): Promise<void> {
    while (this.waiting > 0) await this.tail;
  }

  /** Gives up what waits: its version was not kept, so that it comes again. */
  async close(): Promise<void> {
    this.ended.abort();
    await this.drain();
  }

  private enqueue(work: () => Promise<void>): void {
    this.waiting += 1;
    this.tail = this.tail
      .then(() => (this.ended.signal.aborted ? undefined : work()))
      .catch((error: unknown) => this.onFailure(error))
      .finally(() => {
        this.waiting -= 1;
      });
  }

  private onFailure(error: unknown): void {
    if (this.ended.signal.aborted) return;
    if (error instanceof MissingKeyError) this.isBlocked = true;
    this.parts.logger.warn({ err: error }, 'saved contacts could not be read; they are asked for again later');
  }

  private async apply({ snapshot, patches, hasMore }: CollectionAnswer): Promise<void> {
    const before = await this.version();
    let version = before;
    if (snapshot !== undefined) version = await this.applySnapshot(snapshot, version);
    for (const bytes of patches) {
      const patch = proto.SyncdPatch.decode(bytes);
      const reached = Number(patch.version?.version ?? version + 1);
      if (reached <= version) continue;
      // An answer to a question from before everything was forgotten.
      if (reached > version + 1) break;
      if (!(await this.open(await this.mutationsOf(patch)))) return;
      version = reached;
    }
    if (version === before) return;
    await this.save(version);
    if (hasMore) await this.askOn(version);
  }

  private async applySnapshot(reference: Uint8Array, known: number): Promise<number> {
    const bytes = await this.download(proto.ExternalBlobReference.decode(reference));
    let version = known;
    let records: proto.SyncdRecord[] = [];
    for (const { field, bytes: part } of protobufFields(bytes)) {
      if (field === snapshotFields.version) version = Number(proto.SyncdVersion.decode(part).version ?? 0);
      if (field !== snapshotFields.record) continue;
      records.push(proto.SyncdRecord.decode(part));
      if (records.length < changesPerSlice) continue;
      if (!(await this.open(records.map(asSet)))) return known;
      records = [];
    }
    return (await this.open(records.map(asSet))) ? version : known;
  }

  private async mutationsOf(patch: proto.SyncdPatch): Promise<proto.ISyncdMutation[]> {
    const { externalMutations, mutations } = patch;
    if (!externalMutations) return mutations;
    const all = [...mutations];
    for (const { bytes } of protobufFields(await this.download(externalMutations))) {
      all.push(proto.SyncdMutation.decode(bytes));
      if (all.length % changesPerSlice === 0) await nextLoopTurn();
    }
    return all;
  }

  /** False when what they say could not be kept, or the connection ends. */
  private async open(mutations: readonly proto.ISyncdMutation[]): Promise<boolean> {
    for (let from = 0; from < mutations.length; from += changesPerSlice) {
      await nextLoopTurn();
      if (this.ended.signal.aborted) return false;
      const slice = mutations.slice(from, from + changesPerSlice);
      const keys = await this.keysOf(slice);
      const changes = slice.flatMap(({ operation, record }) => {
        const entryKeys = keys.get(idOf(record));
        const set = proto.SyncdMutation.SyncdOperation.SET;
        return (record && entryKeys && openMutation(record, entryKeys, operation ?? set)) ?? [];
      });
      if (changes.length < slice.length) {
        this.parts.logger.warn({ entries: slice.length - changes.length }, 'entries of saved contacts do not open');
      }
      if (!(await this.parts.tell(changes))) return false;
    }
    return true;
  }

  private async keysOf(mutations: readonly proto.ISyncdMutation[]): Promise<Map<string, EntryKeys>> {
    const ids = [...new Set(mutations.map(({ record }) => idOf(record)))];
    const stored = await this.parts.keys.get('app-state-sync-key', ids);
    return new Map(
      ids.map((id) => {
        const keyData = stored[id]?.keyData;
        if (!keyData) throw new MissingKeyError('The phone has not shared the key of the saved contacts yet.');
        return [id, entryKeysOf(keyData)];
      }),
    );
  }

  private async save(version: number): Promise<void> {
    const state = { version, hash: Buffer.alloc(128), indexValueMap: {} };
    await this.parts.keys.set({ 'app-state-sync-version': { [contactsCollection]: state } });
  }

  /** The answer comes in like any other, and stands behind this one. */
  private async askOn(version: number): Promise<void> {
    const attrs = { name: contactsCollection, version: String(version), return_snapshot: 'false' };
    const asked = this.parts.socket.query({
      tag: 'iq',
      attrs: { to: `@${userServer}`, xmlns: 'w:sync:app:state', type: 'set' },
      content: [{ tag: 'sync', attrs: {}, content: [{ tag: 'collection', attrs }] }],
    });
    await withDeadline(asked, queryMs, 'Asking for more saved contacts');
  }

  private async download(blob: proto.IExternalBlobReference): Promise<Buffer> {
    const { hosts } = await this.parts.socket.refreshMediaConn(false);
    const host = hosts[0]?.hostname ?? 'mmg.whatsapp.net';
    return downloadBlob(blob, host, { agent: this.parts.mediaAgent, signal: this.ended.signal });
  }
}

/** Of `SyncdSnapshot`. */
const snapshotFields = { version: 1, record: 2 };

function asSet(record: proto.ISyncdRecord): proto.ISyncdMutation {
  return { operation: proto.SyncdMutation.SyncdOperation.SET, record };
}

function idOf(record: proto.ISyncdRecord | null | undefined): string {
  return Buffer.from(record?.keyId?.id ?? []).toString('base64');
}

function takeFrom(value: unknown): ReturnType<typeof takeCollection> {
  const isNode = typeof value === 'object' && value !== null && 'tag' in value;
  return isNode ? takeCollection(value as BinaryNode, contactsCollection) : undefined;
}

import { proto } from '@whiskeysockets/baileys';
import { bytesOf, childOf, element, type BinaryNode } from '../wire/node.js';
import { LtHash } from './lt-hash.js';

const patchesPerAnswer = 5;
const maxPatches = 10_000;
const valueMacBytes = 32;

interface Collection {
  patches: Buffer[];
  hash: LtHash;
  /** What is in it now, by its index MAC. */
  records: Map<string, proto.ISyncdRecord>;
}

/** An account's synchronised collections: numbered, encrypted patches that the server stores without reading them. */
export class AppState {
  private readonly collections = new Map<string, Collection>();

  version(name: string): number {
    return this.collections.get(name)?.patches.length ?? 0;
  }

  /** Adds a patch that is numbered `version(name) + 1` and whose mutations were mixed in. */
  append(name: string, patch: Buffer): void {
    this.collection(name).patches.push(patch);
  }

  /** Lets the collection's hash follow these changes and returns it. */
  mix(name: string, mutations: readonly proto.ISyncdMutation[]): Buffer {
    const { hash, records } = this.collection(name);
    for (const { operation, record } of mutations) {
      const isSet = operation !== proto.SyncdMutation.SyncdOperation.REMOVE;
      const indexMac = Buffer.from(record?.index?.blob ?? []).toString('base64');
      if (isSet && record) records.set(indexMac, record);
      else records.delete(indexMac);
      const value = Buffer.from(record?.value?.blob ?? []);
      hash.set(record?.index?.blob ?? new Uint8Array(), isSet ? value.subarray(-valueMacBytes) : null);
    }
    return hash.bytes;
  }

  /** The whole collection as of its present version, under the MAC that its last patch names. Undefined when it is empty. */
  snapshot(name: string): proto.ISyncdSnapshot | undefined {
    const { patches, records } = this.collection(name);
    const last = patches.at(-1);
    if (!last) return undefined;
    const { snapshotMac, keyId } = proto.SyncdPatch.decode(last);
    return {
      version: { version: patches.length },
      records: [...records.values()],
      ...(snapshotMac ? { mac: snapshotMac } : {}),
      ...(keyId ? { keyId } : {}),
    };
  }

  /** What one `<collection>` of a sync request gets: patches after its version, or its own patch taken. */
  answer(name: string, version: number, request: BinaryNode): BinaryNode | string {
    const current = this.version(name);
    const patch = bytesOf(childOf(request, 'patch'));
    if (patch) {
      if (version !== current) return `a patch for version ${version} of ${name}, which is at ${current}`;
      if (current >= maxPatches) return `${name} holds ${maxPatches} patches already`;
      if (!this.take(name, patch, current + 1)) return `the patch for ${name} does not decode`;
      return element('collection', { name, version: current + 1, type: 'result' });
    }
    if (version > current) return `version ${version} of ${name} was never reached`;
    const missing = this.collections.get(name)?.patches.slice(version, version + patchesPerAnswer) ?? [];
    const reached = version + missing.length;
    const more = reached < current ? 'true' : undefined;
    const patches = missing.map((bytes) => element('patch', {}, bytes));
    const content = missing.length ? [element('patches', {}, patches)] : undefined;
    return element('collection', { name, version: reached, type: 'result', has_more_patches: more }, content);
  }

  /** Clients send their patches without a version; others need it. */
  private take(name: string, patch: Buffer, version: number): boolean {
    try {
      const decoded = proto.SyncdPatch.decode(patch);
      this.mix(name, decoded.mutations);
      this.append(name, Buffer.from(proto.SyncdPatch.encode({ ...decoded, version: { version } }).finish()));
      return true;
    } catch {
      return false;
    }
  }

  private collection(name: string): Collection {
    let collection = this.collections.get(name);
    if (!collection) {
      collection = { patches: [], hash: new LtHash(), records: new Map() };
      this.collections.set(name, collection);
    }
    return collection;
  }
}

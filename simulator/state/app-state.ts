import { proto } from '@whiskeysockets/baileys';
import { bytesOf, childOf, element, type BinaryNode } from '../protocol/node.js';

const PATCHES_PER_ANSWER = 20;
const MAX_PATCHES = 10_000;

/** An account's synchronised collections: numbered, encrypted patches that the server stores without reading them. */
export class AppState {
  readonly #collections = new Map<string, Buffer[]>();

  version(name: string): number {
    return this.#collections.get(name)?.length ?? 0;
  }

  /** Adds a patch from the phone, which has numbered it `version(name) + 1`. */
  append(name: string, patch: Buffer): void {
    const patches = this.#collections.get(name) ?? [];
    patches.push(patch);
    this.#collections.set(name, patches);
  }

  /** What one `<collection>` of a sync request gets: patches after its version, or its own patch taken. */
  answer(name: string, version: number, request: BinaryNode): BinaryNode | string {
    const current = this.version(name);
    const patch = bytesOf(childOf(request, 'patch'));
    if (patch) {
      if (version !== current) return `a patch for version ${version} of ${name}, which is at ${current}`;
      if (current >= MAX_PATCHES) return `${name} holds ${MAX_PATCHES} patches already`;
      const numbered = numberPatch(patch, current + 1);
      if (!numbered) return `the patch for ${name} does not decode`;
      this.append(name, numbered);
      return element('collection', { name, version: current + 1, type: 'result' });
    }
    if (version > current) return `version ${version} of ${name} was never reached`;
    const missing = this.#collections.get(name)?.slice(version, version + PATCHES_PER_ANSWER) ?? [];
    const reached = version + missing.length;
    const more = reached < current ? 'true' : undefined;
    const content = missing.length
      ? [
          element(
            'patches',
            {},
            missing.map((bytes) => element('patch', {}, bytes)),
          ),
        ]
      : undefined;
    return element('collection', { name, version: reached, type: 'result', has_more_patches: more }, content);
  }
}

/** Clients send their patches without a version; others need it. */
function numberPatch(patch: Buffer, version: number): Buffer | undefined {
  try {
    const decoded = proto.SyncdPatch.decode(patch);
    return Buffer.from(proto.SyncdPatch.encode({ ...decoded, version: { version } }).finish());
  } catch {
    return undefined;
  }
}

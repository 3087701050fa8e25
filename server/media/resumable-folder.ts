import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { eachInTurn } from '../lib/running/each-in-turn.js';

/**
 * The folder of files that may come in several requests, beside the library. It is one for all processes that share the
 * place, and outlives them; a file is called by the id of its upload.
 */
export class ResumableFolder {
  readonly dir: string;

  constructor(uploadsDir: string) {
    this.dir = path.join(uploadsDir, '.resumable');
  }

  async open(): Promise<void> {
    await mkdir(this.dir, { recursive: true });
  }

  /** Only for ids that the database knows. */
  pathOf(id: string): string {
    return path.join(this.dir, id);
  }

  /** How much has come. */
  async sizeOf(id: string): Promise<number> {
    return (await stat(this.pathOf(id)).catch(() => undefined))?.size ?? 0;
  }

  /** Already gone is success. */
  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
  }

  /** Deletes the files that nobody knows. A file is made after its record, so such a one is a leftover. */
  async sweep(listKnown: (ids: string[]) => Promise<ReadonlySet<string>>): Promise<void> {
    const entries = await readdir(this.dir, { withFileTypes: true });
    const ids = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const known = await listKnown(ids);
    await eachInTurn(ids.filter((id) => !known.has(id)).map((id) => () => this.remove(id)));
  }
}

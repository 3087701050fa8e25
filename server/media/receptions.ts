import { eachInTurn } from '../lib/running/each-in-turn.js';
import { ownerOf } from './intake.js';
import type { Owner } from './upload.js';
import type { Principal } from '../access/principal.js';
import type { UploadKind } from '../contract/media.js';
import type { UploadFolder } from './upload-folder.js';
import type { UploadRoom } from './upload-room.js';

/** A file that is being received: room for it, and a work folder. */
export interface Reception {
  /** Under which room is reserved for it. */
  id: string;
  folder: string;
  /** Says what comes, before it is written. A promise has to be awaited, and rejects in words when there is no room. */
  count(bytes: number): Promise<void> | undefined;
  /** Deletes the folder with everything in it, and gives back the room, also when the folder cannot be deleted. */
  end(): Promise<void>;
}

/** Lets files begin to come in. */
export class Receptions {
  constructor(
    private readonly room: UploadRoom,
    private readonly folder: Pick<UploadFolder, 'newWorkDir' | 'discard'>,
  ) {}

  /** Throws in words when the file cannot be taken now; nothing is kept then. */
  async begin(
    principal: Principal,
    kind: UploadKind,
    announcedBytes: number | null,
    owner: Owner = ownerOf(principal, undefined),
  ): Promise<Reception> {
    const reservation = await this.room.reserve({ principal, owner, kind, announcedBytes });
    try {
      const folder = await this.folder.newWorkDir();
      return {
        id: reservation.id,
        folder,
        count: (bytes) => reservation.count(bytes),
        end: () => eachInTurn([() => this.folder.discard(folder), () => reservation.end()]),
      };
    } catch (error) {
      await reservation.end();
      throw error;
    }
  }
}

import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { PeopleService } from '../people/people-service.js';
import type { StatusContents } from '../statuses/status-contents.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import type { OldPostsReportStore } from './old-posts-report-store.js';

/** Forgets at most so many rows of a status. How many there were: as many as it may means that there are others. */
export type ForgetOfPost = (tx: Tx, statusId: string, atMost: number) => Promise<number>;

export interface OldPostsParts {
  statuses: Pick<StatusesService, 'lockOver' | 'forget'>;
  contents: Pick<StatusContents, 'leaveFile'>;
  people: Pick<PeopleService, 'lock'>;
  /** What there can be much of. All else goes with the status. */
  ofPost: readonly ForgetOfPost[];
  report: OldPostsReportStore;
  unitOfWork: UnitOfWork;
}

/** Bounds one transaction, beside the number of rows. */
const postsAtOnce = 50;

/** Forgets posts of long ago, with all that is kept of them. The sums of what each person did with posts stay. */
export class OldPosts {
  constructor(private readonly parts: OldPostsParts) {}

  /**
   * One transaction's worth of those that went out before a time, at most so many rows. How many posts are gone: one of which there is
   * much goes over several, and says from the first on that its people are forgotten.
   */
  async forgetBefore(before: number, atMost: number): Promise<{ forgotten: number; hasMore: boolean }> {
    const { report, unitOfWork, people, statuses } = this.parts;
    const next = await report.list(before, postsAtOnce);
    if (!next) return { forgotten: 0, hasMore: false };
    const forgotten = await unitOfWork.run(async (tx) => {
      if (!(await people.lock(tx, next.sessionId))) return 0;
      let [rows, posts] = [0, 0];
      for (const id of await statuses.lockOver(tx, next.statusIds, before)) {
        rows += await this.forgetSome(tx, id, atMost - rows);
        if (rows >= atMost) break;
        posts += 1;
      }
      return posts;
    });
    return { forgotten, hasMore: true };
  }

  /** The post itself goes once fewer rows than it may are left. */
  private async forgetSome(tx: Tx, id: string, atMost: number): Promise<number> {
    let rows = 0;
    for (const forget of this.parts.ofPost) {
      rows += await forget(tx, id, atMost - rows);
      if (rows >= atMost) return rows;
    }
    await this.parts.contents.leaveFile(tx, id);
    await this.parts.statuses.forget(tx, id);
    return rows;
  }
}

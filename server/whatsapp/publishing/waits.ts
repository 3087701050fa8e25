import type { PublishWait } from '../gateway.js';

/** Waits shorter than this are not spoken of. */
const defaultNoticeMs = 5_000;

/** Says what a post waits for, once it takes long enough for somebody to wonder. */
export class Waits {
  constructor(
    private readonly tell: ((waiting: PublishWait | null) => void) | undefined,
    private readonly noticeMs = defaultNoticeMs,
  ) {}

  /** Settles as `work` does. `maxMs`: when it is given up at the latest, if that is known. */
  async during<T>(what: PublishWait['what'], maxMs: number | null, work: Promise<T>): Promise<T> {
    const { tell } = this;
    if (!tell) return work;
    const until = maxMs === null ? null : new Date(Date.now() + maxMs);
    const told = { isTold: false };
    const timer = setTimeout(() => {
      told.isTold = true;
      tell({ what, until });
    }, this.noticeMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      if (told.isTold) tell(null);
    }
  }
}

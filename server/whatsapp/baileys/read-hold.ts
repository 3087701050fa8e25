/** Keeps a socket from being read while too much of it waits for its work here. */
export class ReadHold {
  private release: (() => void) | undefined;

  /** `hold` stops the reading and gives what goes on with it; half of `most` have to be done before that. */
  constructor(
    private readonly hold: () => () => void,
    private readonly most: number,
  ) {}

  /** To be called with how many wait, whenever that has changed. */
  waiting(count: number): void {
    if (count > this.most) this.release ??= this.hold();
    if (count > this.most / 2) return;
    this.release?.();
    this.release = undefined;
  }
}

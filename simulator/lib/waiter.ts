/** One answer that one caller waits for, with a deadline and a name. */
export class Waiter<T> {
  private settle: { resolve(value: T): void; reject(error: Error): void } | null = null;

  get isWaiting(): boolean {
    return this.settle !== null;
  }

  /** Rejects when nothing came within the deadline. One wait at a time. */
  wait(timeoutMs: number, what: string): Promise<T> {
    if (this.settle) return Promise.reject(new Error(`${what} is already awaited`));
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => this.fail(new Error(`${what} did not come within ${timeoutMs} ms`)), timeoutMs);
      this.settle = {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  /** Without effect when nobody waits. */
  resolve(value: T): void {
    const settle = this.settle;
    this.settle = null;
    settle?.resolve(value);
  }

  fail(error: Error): void {
    const settle = this.settle;
    this.settle = null;
    settle?.reject(error);
  }
}

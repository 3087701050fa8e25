/**
 * What a part of the server tells those above it, which it does not know. They add themselves while the server is put together, in
 * app.ts.
 */
export class Hook<Args extends readonly unknown[], Answer = void> {
  private readonly listeners: ((...args: Args) => Promise<Answer> | Answer)[] = [];

  add(listener: (...args: Args) => Promise<Answer> | Answer): void {
    this.listeners.push(listener);
  }

  /** Waits for one after the other, in the order they were added, and gives their answers. Rejects as the first that fails. */
  async run(...args: Args): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const listener of this.listeners) answers.push(await listener(...args));
    return answers;
  }
}

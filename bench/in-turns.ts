/** Does something for each number from 0 to `count` - 1, at most `atATime` at a time. Rejects with the first failure. */
export async function inTurns(count: number, atATime: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, worker));
}

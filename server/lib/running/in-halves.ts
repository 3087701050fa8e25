/**
 * Does something with a batch. Where that fails it does so with each half by itself, down to the single one that cannot be
 * done, which `giveUp` is told: one bad item does not keep the others. What `giveUp` throws ends it all.
 */
export async function inHalves<T>(
  items: readonly T[],
  work: (items: readonly T[]) => Promise<void>,
  giveUp: (item: T, error: unknown) => void,
): Promise<void> {
  const [first] = items;
  if (first === undefined) return;
  try {
    await work(items);
  } catch (error) {
    if (items.length === 1) {
      giveUp(first, error);
      return;
    }
    const half = Math.ceil(items.length / 2);
    await inHalves(items.slice(0, half), work, giveUp);
    await inHalves(items.slice(half), work, giveUp);
  }
}

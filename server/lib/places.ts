/** Counts who is there by network, so that one network cannot take the places of all. */
export class Places {
  private readonly taken = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: { perNetwork: number; inAll: number }) {}

  get size(): number {
    return this.total;
  }

  /** Whether nobody more fits in from this network. */
  isFull(network: string): boolean {
    return this.total >= this.limits.inAll || (this.taken.get(network) ?? 0) >= this.limits.perNetwork;
  }

  /** Takes a place, whether or not there is one; what it returns gives it back, once. */
  enter(network: string): () => void {
    this.change(network, 1);
    let isHere = true;
    return () => {
      if (isHere) this.change(network, -1);
      isHere = false;
    };
  }

  private change(network: string, by: 1 | -1): void {
    this.total += by;
    const left = (this.taken.get(network) ?? 0) + by;
    if (left > 0) this.taken.set(network, left);
    else this.taken.delete(network);
  }
}

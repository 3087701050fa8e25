/** Counts who is there by party, a network or an organization, so that none of them takes the places of all. */
export class Places {
  private readonly taken = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: { ofOne: number; inAll: number }) {}

  get size(): number {
    return this.total;
  }

  /** Whether nobody more of this party fits in. */
  isFull(party: string): boolean {
    return this.total >= this.limits.inAll || (this.taken.get(party) ?? 0) >= this.limits.ofOne;
  }

  /** Takes a place, whether or not there is one; what it returns gives it back, once. */
  enter(party: string): () => void {
    this.change(party, 1);
    let isHere = true;
    return () => {
      if (isHere) this.change(party, -1);
      isHere = false;
    };
  }

  private change(party: string, by: 1 | -1): void {
    this.total += by;
    const left = (this.taken.get(party) ?? 0) + by;
    if (left > 0) this.taken.set(party, left);
    else this.taken.delete(party);
  }
}

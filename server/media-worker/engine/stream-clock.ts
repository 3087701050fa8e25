/** So many times of pictures tell how long one is shown. */
const timesLookedAt = 1_000;

/** Browsers show pictures of moving ones that say to last no longer than this for a tenth of a second. */
const hurryMs = 10;
const unhurriedMs = 100;

/** What the packets of one stream say of its times, on the clock of the file. */
export class StreamClock {
  packets = 0;
  /** By how much longer the pictures are shown all together where those that hurry are held up. */
  hurriedMs = 0;
  private firstMs = Infinity;
  private lastMs = -Infinity;
  private behindMs = -Infinity;
  private readonly timesMs: number[] = [];

  /** Takes a packet, in any order. Times are undefined where the file gives none. */
  add(atMs: number | undefined, durationMs: number | undefined): void {
    this.packets += 1;
    if (durationMs !== undefined && durationMs <= hurryMs) this.hurriedMs += unhurriedMs - durationMs;
    if (atMs === undefined) return;
    this.firstMs = Math.min(this.firstMs, atMs);
    this.lastMs = Math.max(this.lastMs, atMs);
    this.behindMs = Math.max(this.behindMs, atMs + (durationMs ?? 0));
    if (this.timesMs.length < timesLookedAt) this.timesMs.push(atMs);
  }

  /** From the first packet, or from where the header says that the first can be heard, to behind the last. */
  span(startMs: number | undefined): { startMs: number; endMs: number } {
    if (this.firstMs === Infinity) return { startMs: startMs ?? 0, endMs: startMs ?? 0 };
    const lastsMs = this.behindMs > this.lastMs ? 0 : (this.intervalMs() ?? 0);
    return { startMs: startMs ?? this.firstMs, endMs: Math.max(this.behindMs, this.lastMs + lastsMs) };
  }

  /** The middle one of the times between packets; undefined for fewer than two. */
  intervalMs(): number | undefined {
    const sorted = [...this.timesMs].sort((one, other) => one - other);
    const between = sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0));
    const positive = between.filter((ms) => ms > 0).sort((one, other) => one - other);
    return positive[Math.floor(positive.length / 2)];
  }
}

/** A filter that holds up pictures that hurry; seconds are not exact in it. */
export const holdUpHurried = `setpts=if(eq(N\\,0)\\,0\\,PREV_OUTPTS+if(lte((PTS-PREV_INPTS)*TB*1000\\,${String(hurryMs + 0.01)})\\,${String(unhurriedMs)}/1000/TB\\,PTS-PREV_INPTS))`;

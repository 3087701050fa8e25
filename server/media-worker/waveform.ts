const bars = 64;
/** So many samples make one value at first; when there are too many values, neighbours are put together. */
const firstStep = 256;
const mostValues = 4_096;

/** How loud a recording is over its length, from 16-bit samples that come piece by piece. */
export class Waveform {
  samples = 0;
  private values: number[] = [];
  private step = firstStep;
  private sum = 0;
  private inValue = 0;
  private rest: Buffer = Buffer.alloc(0);

  /** Takes little-endian samples of one channel; a chunk may end within one. */
  add(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const whole = bytes.length - (bytes.length % 2);
    for (let at = 0; at < whole; at += 2) {
      this.sum += Math.abs(bytes.readInt16LE(at));
      this.inValue += 1;
      if (this.inValue === this.step) this.close();
    }
    this.samples += whole / 2;
    this.rest = Buffer.from(bytes.subarray(whole));
  }

  /** 64 bytes from 0 to 100; the loudest is 100, unless all is silent. */
  bars(): Buffer {
    if (this.inValue > 0) this.close();
    const loudness = Array.from({ length: bars }, (_none, bar) => {
      const from = Math.floor((bar * this.values.length) / bars);
      const to = Math.max(from + 1, Math.floor(((bar + 1) * this.values.length) / bars));
      const part = this.values.slice(from, to);
      return part.length === 0 ? 0 : part.reduce((sum, value) => sum + value, 0) / part.length;
    });
    const loudest = Math.max(...loudness);
    return Buffer.from(loudness.map((value) => (loudest < 1 ? 0 : Math.round((value / loudest) * 100))));
  }

  private close(): void {
    this.values.push(this.sum / this.inValue);
    this.sum = 0;
    this.inValue = 0;
    if (this.values.length < mostValues) return;
    const halved: number[] = [];
    for (let at = 0; at + 1 < this.values.length; at += 2) {
      halved.push(((this.values[at] ?? 0) + (this.values[at + 1] ?? 0)) / 2);
    }
    this.values = halved;
    this.step *= 2;
  }
}

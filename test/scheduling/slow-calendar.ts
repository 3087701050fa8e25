/** A quarter of an hour: the offsets of all time zones of today are multiples of it. */
const stepMs = 15 * 60_000;

export interface Day {
  year: number;
  month: number;
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  /** From the end of the month, 1 is the last day. */
  fromEnd: number;
}

/** What the clock on the wall shows at every quarter of an hour, read off one by one. Slow, and without any cleverness. */
export class SlowCalendar {
  private readonly firstAt = new Map<string, number>();

  constructor(
    readonly timeZone: string,
    private readonly from: number,
    private readonly to: number,
  ) {
    const format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    for (let at = from; at <= to; at += stepMs) {
      const wall = format.format(at).replace(', ', 'T');
      if (!this.firstAt.has(wall)) this.firstAt.set(wall, at);
    }
  }

  /** When the wall shows `hour:minute` on each day that `isOn` names, as the product promises it. Epoch milliseconds. */
  times(clock: readonly string[], isOn: (day: Day, index: number) => boolean): number[] {
    const times = new Set<number>();
    // Days are counted without any zone: a calendar on paper.
    const first = Date.parse(new Intl.DateTimeFormat('en-CA', { timeZone: this.timeZone }).format(this.from));
    for (let index = 0, midnight = first; midnight <= this.to + 86_400_000; index += 1, midnight += 86_400_000) {
      const date = new Date(midnight);
      const day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
      const lastDay = new Date(Date.UTC(day.year, day.month, 0)).getUTCDate();
      if (!isOn({ ...day, weekday: date.getUTCDay(), fromEnd: lastDay - day.day + 1 }, index)) continue;
      for (const time of clock) {
        const at = this.whenShown(date.toISOString().slice(0, 10), time);
        if (at !== undefined && at >= this.from && at <= this.to) times.add(at);
      }
    }
    return [...times].sort((a, b) => a - b);
  }

  private whenShown(date: string, time: string): number | undefined {
    const shown = this.firstAt.get(`${date}T${time}`);
    if (shown !== undefined) return shown;
    // It is never shown: go back to what was shown last before it, and on from there by as much.
    for (let back = stepMs; back <= 4 * 60 * 60_000; back += stepMs) {
      const before = new Date(Date.parse(`${date}T${time}Z`) - back).toISOString().slice(0, 16);
      const at = this.firstAt.get(before);
      if (at !== undefined) return at + back;
    }
    return undefined;
  }
}

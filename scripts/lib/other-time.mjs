/*
 * Loaded into a program before its own code (`node --import`): the program then lives at another time. Its parent says
 * which, in milliseconds from the real one, at the start as OTHER_TIME_MS and later as `{ otherTimeMs }` over the channel;
 * each such message is answered. Timers keep running as they do.
 */
let shiftMs = Number(process.env.OTHER_TIME_MS ?? 0);
const RealDate = Date;
const now = () => RealDate.now() + shiftMs;

globalThis.Date = new Proxy(RealDate, {
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  apply: () => new RealDate(now()).toString(),
  construct: (target, given, asked) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, asked === Date ? target : asked),
});

process.on('message', (/** @type {{ otherTimeMs?: unknown }} */ { otherTimeMs }) => {
  if (typeof otherTimeMs !== 'number') return;
  shiftMs = otherTimeMs;
  process.send?.({ otherTimeMs });
});
// To listen for messages must not keep a program that has nothing else to do.
process.channel?.unref();

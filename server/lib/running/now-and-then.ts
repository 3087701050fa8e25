/**
 * For news that come faster than anybody reads them: says of each whether it is told, at most one in this time. One that must be
 * told always is.
 */
export function nowAndThen(intervalMs: number): (mustBeTold: boolean) => boolean {
  let toldAt = -Infinity;
  return (mustBeTold) => {
    const now = performance.now();
    if (!mustBeTold && now - toldAt < intervalMs) return false;
    toldAt = now;
    return true;
  };
}

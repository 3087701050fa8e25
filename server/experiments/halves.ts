import { webcrypto } from 'node:crypto';

/** So many random numbers one call gives, at four bytes each. */
const lotsAtOnce = 16_384;

/** Two halves of these people by lot, as large as each other or the first one larger, each in the order given. */
export function halvesOf(personIds: readonly string[]): [string[], string[]] {
  const places = personIds.map((_id, index) => index);
  const lots = lotsFor(places.length);
  const half = Math.ceil(places.length / 2);
  const isFirst = new Set<number>();
  for (let index = 0; index < half; index += 1) {
    const other = index + ((lots[index] ?? 0) % (places.length - index));
    const chosen = places[other] ?? 0;
    places[other] = places[index] ?? 0;
    isFirst.add(chosen);
  }
  return [personIds.filter((_id, index) => isFirst.has(index)), personIds.filter((_id, index) => !isFirst.has(index))];
}

function lotsFor(count: number): Uint32Array {
  const lots = new Uint32Array(count);
  for (let from = 0; from < count; from += lotsAtOnce) {
    webcrypto.getRandomValues(lots.subarray(from, from + lotsAtOnce));
  }
  return lots;
}

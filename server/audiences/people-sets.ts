import type { PlainCondition, SegmentNode } from '../contract/segments.js';

/** People by their keys: these ones, or everybody but these. */
export interface PeopleSet {
  isAllBut: boolean;
  keys: ReadonlySet<string>;
}

/**
 * The people of a segment, from those of each of its conditions. `breathe` is awaited between sets: large ones take a while to put
 * together.
 */
export async function peopleSetOf(
  segment: SegmentNode,
  keysOf: (condition: PlainCondition) => ReadonlySet<string>,
  breathe: () => Promise<unknown>,
): Promise<PeopleSet> {
  await breathe();
  switch (segment.type) {
    case 'all':
    case 'any': {
      // Who is in any of some sets is whoever is not out of all of them.
      const isAny = segment.type === 'any';
      let whole: PeopleSet | undefined;
      for (const part of segment.of) {
        const set = await peopleSetOf(part, keysOf, breathe);
        const next = isAny ? inverse(set) : set;
        whole = whole ? inBoth(whole, next) : next;
        await breathe();
      }
      const found = whole ?? { isAllBut: true, keys: new Set<string>() };
      return isAny ? inverse(found) : found;
    }
    case 'not':
      return inverse(await peopleSetOf(segment.of, keysOf, breathe));
    default:
      return { isAllBut: false, keys: keysOf(segment) };
  }
}

function inverse({ isAllBut, keys }: PeopleSet): PeopleSet {
  return { isAllBut: !isAllBut, keys };
}

function inBoth(one: PeopleSet, other: PeopleSet): PeopleSet {
  if (one.isAllBut && other.isAllBut) return { isAllBut: true, keys: new Set([...one.keys, ...other.keys]) };
  if (one.isAllBut) return inBoth(other, one);
  const keys = new Set<string>();
  for (const key of one.keys) if (other.keys.has(key) !== other.isAllBut) keys.add(key);
  return { isAllBut: false, keys };
}

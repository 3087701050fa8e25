/** Of so many people, how many did something. */
export interface Proportion {
  people: number;
  of: number;
}

/** Both ends of a confidence interval. */
export interface Interval {
  low: number;
  high: number;
}

/** The 97.5 % point of the normal distribution: 95 of 100 intervals hold the true value. */
const z = 1.959963984540054;

/** The score interval of one proportion: E. B. Wilson, JASA 22 (1927), 209–212. `of` must not be 0. */
export function wilson({ people, of }: Proportion): Interval {
  const share = people / of;
  const square = z * z;
  const middle = 2 * people + square;
  const spread = z * Math.sqrt(square + 4 * people * (1 - share));
  const whole = 2 * (of + square);
  return { low: Math.max(0, (middle - spread) / whole), high: Math.min(1, (middle + spread) / whole) };
}

/**
 * The interval of `one` less `other`: R. G. Newcombe, Statistics in Medicine 17 (1998), 873–890, method 10. It holds for few people
 * and for shares near 0 and 1 as well, where the usual formula fails. `of` must not be 0.
 */
export function differenceOf(one: Proportion, other: Proportion): Interval & { difference: number } {
  const [p, q] = [one.people / one.of, other.people / other.of];
  const [ofOne, ofOther] = [wilson(one), wilson(other)];
  const difference = p - q;
  return {
    difference,
    low: difference - Math.hypot(p - ofOne.low, ofOther.high - q),
    high: difference + Math.hypot(ofOne.high - p, q - ofOther.low),
  };
}

import fc from 'fast-check';
import { type Json, isObject } from './json.js';
import { nastyText, nastyValue } from './nasty-values.js';

export type Path = readonly (string | number)[];

/** The value with one place in it wrong: another value, none, one more field, or the same twice over. */
export function spoilt(value: Json): fc.Arbitrary<Json> {
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(placeIn(value), nastyValue).map(([path, nasty]) => changed(value, path, () => nasty)),
    },
    { weight: 1, arbitrary: placeIn(value).map((path) => changed(value, path, () => undefined)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(placeIn(value), nastyText, nastyValue)
        .map(([path, name, nasty]) =>
          changed(value, path, (old) => (isObject(old) ? withField(old, name, nasty) : [old, old])),
        ),
    },
  );
}

function placeIn(value: Json): fc.Arbitrary<Path> {
  return fc.constantFrom(...placesIn(value));
}

/** The whole, and every place in it, the first of a list only. */
export function placesIn(value: Json, path: Path = []): Path[] {
  const below: [string | number, Json][] = Array.isArray(value)
    ? value.slice(0, 1).map((each, index) => [index, each])
    : isObject(value)
      ? Object.entries(value)
      : [];
  return [path, ...below.flatMap(([key, part]) => placesIn(part, [...path, key]))];
}

/** With what stands at the path replaced; undefined takes it away. */
export function changed(value: Json, [step, ...rest]: Path, change: (old: Json) => Json | undefined): Json {
  if (step === undefined) return change(value) ?? null;
  if (Array.isArray(value)) return value.map((each, index) => (index === step ? changed(each, rest, change) : each));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, old]): [string, Json][] => {
    if (key !== step) return [[key, old]];
    const made = rest.length === 0 ? change(old) : changed(old, rest, change);
    return made === undefined ? [] : [[key, made]];
  });
  return Object.fromEntries(entries);
}

/** As JSON.parse would make it, also when it is called `__proto__`. */
function withField(object: { [name: string]: Json }, name: string, value: Json): Json {
  return Object.fromEntries([...Object.entries(object), [name, value]]);
}

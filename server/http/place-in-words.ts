import { quoted, shortened } from '../contract/values/quoted.js';

/** So many steps, the innermost ones, a sentence names. */
const mostInWords = 6;
/** So many steps, the outermost ones, a dotted path has. */
const mostDotted = 20;
const plainName = /^[\p{L}_$][\p{L}\p{M}\p{N}_$-]{0,59}$/u;

/**
 * Where a value stands, for a sentence: `the 2nd of targetNumbers`, `colour in the 1st of marks`. Numbers count from 0 and are
 * places in lists, texts are names of fields. At least one step.
 */
export function placeInWords(path: readonly PropertyKey[]): string {
  const steps = path.slice(-mostInWords).toReversed();
  const words = steps.map((step, index) => {
    const joint = index === steps.length - 1 ? '' : typeof step === 'number' ? ' of ' : ' in ';
    return `${stepInWords(step)}${joint}`;
  });
  return `${words.join('')}${path.length > mostInWords ? ' far down' : ''}`;
}

/** The same at the beginning of a sentence. Names of fields stay as they are written. */
export function placeAtStart(path: readonly PropertyKey[]): string {
  const words = placeInWords(path);
  return typeof path.at(-1) === 'number' ? `T${words.slice(1)}` : words;
}

/** The dotted path of a value: `marks.0.colour`. What is too far down is named by the way to there. */
export function dotted(path: readonly PropertyKey[]): string {
  const steps = path.slice(0, mostDotted).map((step) => shortened(String(step)));
  return `${steps.join('.')}${path.length > mostDotted ? '…' : ''}`;
}

function stepInWords(step: PropertyKey): string {
  if (typeof step === 'number') return `the ${ordinal(step + 1)}`;
  const name = String(step);
  return plainName.test(name) ? name : quoted(name);
}

function ordinal(count: number): string {
  const isTeen = count % 100 > 10 && count % 100 < 14;
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count.toLocaleString('en')}${ending}`;
}

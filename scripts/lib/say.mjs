const colored = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

/** @param {string} text */
export const bold = (text) => (colored ? `\u001B[1m${text}\u001B[22m` : text);
/** @param {string} text */
export const dim = (text) => (colored ? `\u001B[2m${text}\u001B[22m` : text);

/** One line of progress. @param {string} [text] */
export function say(text = '') {
  process.stdout.write(`${text}\n`);
}

/** One line about preparations. It goes to stderr, so that a command's own output stays clean. @param {string} text */
export function note(text) {
  process.stderr.write(`${text}\n`);
}

/** Says why the command cannot go on, and ends it. @param {string} text @returns {never} */
export function fail(text) {
  process.stderr.write(`\n${text}\n`);
  process.exit(1);
}

/** @param {number} sinceMs a value of performance.now() @returns {string} like `3.2 s` */
export function elapsed(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/**
 * Repeats a line while something silent goes on, so that nobody thinks it hangs.
 * @param {(seconds: number) => string} line @param {number} everySeconds @returns {() => void} stops it
 */
export function sayRegularly(line, everySeconds) {
  const startedAt = performance.now();
  const timer = setInterval(
    () => note(dim(line(Math.round((performance.now() - startedAt) / 1000)))),
    everySeconds * 1000,
  );
  return () => clearInterval(timer);
}

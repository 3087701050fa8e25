import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect garbage once the heap has grown by this part since the last time, in percent. Left to itself it lets the heap
 * double and more, and a post to 50,000 people takes almost twice the memory (docs/measurements.md).
 */
const growingPercent = 30;

/** To be called once, as early as the program begins. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${String(growingPercent)}`);
}

/** Finds Chromium or Chrome: CHROMIUM_PATH first (and then nothing else), then the PATH, then the usual places. */
export function findChromium(): string | undefined;

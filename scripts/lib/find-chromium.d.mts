/** Finds Chromium or Chrome: CHROMIUM_PATH first (and then nothing else), then the PATH, then the usual places. */
export function findChromium(): string | undefined;
/** The path of the first of these programs that a shell would find. */
export function findOnPath(programs: string[]): string | undefined;

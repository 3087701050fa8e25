/**
 * What libsignal 6 writes to the console, by the start of the line. Some of these lines carry a whole session with its
 * private keys as their second argument, so they must not reach a log.
 */
const libsignalLines = {
  info: ['Closing session:', 'Opening session:', 'Removing old closed session:', 'Migrating session to:'],
  warn: [
    'Session already closed',
    'Session already open',
    'Closing open session in favor of incoming prekey bundle',
    'Decrypted message with closed session.',
    'Unhandled bucket type',
  ],
  error: [
    'Failed to decrypt message with any known session',
    'Session error:',
    'V1 session storage migration error',
    'WARNING: Expected pubkey of length 33',
  ],
} as const;

type Level = keyof typeof libsignalLines;

let holders = 0;
let restore: (() => void) | undefined;

function mute(level: Level): () => void {
  const original = console[level];
  const starts: readonly string[] = libsignalLines[level];
  const filtered = (...values: unknown[]): void => {
    const [first] = values;
    if (typeof first === 'string' && starts.some((start) => first.startsWith(start))) return;
    original.apply(console, values);
  };
  console[level] = filtered;
  return () => {
    if (console[level] === filtered) console[level] = original;
  };
}

/** Keeps libsignal's own lines, and only those, off the console until the returned function is called. */
export function silenceLibsignal(): () => void {
  if (holders === 0) {
    const undo = [mute('info'), mute('warn'), mute('error')];
    restore = () => {
      for (const step of undo) step();
    };
  }
  holders += 1;
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    holders -= 1;
    if (holders === 0) restore?.();
  };
}

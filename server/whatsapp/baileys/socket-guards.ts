import type { EventEmitter } from 'node:events';

type Listener = (...values: unknown[]) => unknown;

/**
 * Puts a catch around every listener that is registered now. Baileys has async listeners without one: a frame that does
 * not decrypt, or a socket that closes while it answers, would end the process as an unhandled rejection.
 */
export function guardListeners(emitter: EventEmitter, onFailure: (event: string, error: unknown) => void): void {
  for (const event of emitter.eventNames()) {
    replaceListeners(emitter, event, (original) => (...values) => {
      try {
        const result = original(...values);
        if (result instanceof Promise) result.catch((error: unknown) => onFailure(String(event), error));
      } catch (error) {
        onFailure(String(event), error);
      }
    });
  }
}

/** Replaces each listener of one event, keeping their order. */
export function replaceListeners(
  emitter: EventEmitter,
  event: string | symbol,
  replace: (original: Listener) => Listener,
): void {
  const originals = emitter.listeners(event) as Listener[];
  emitter.removeAllListeners(event);
  for (const original of originals) emitter.on(event, replace(original));
}

import { useSyncExternalStore } from 'react';
import { forgetAllUnfinished } from './unfinished-uploads.js';

const storageName = 'statuscast.key';

interface SignIn {
  key: string | null;
  /** Kept in this browser after it is closed. */
  remembered: boolean;
  /** Why the last key stopped working, for the sign-in screen. */
  notice: string | null;
}

const listeners = new Set<() => void>();
let current: SignIn = readStored();

function readStored(): SignIn {
  const remembered = localStorage.getItem(storageName);
  const key = remembered ?? sessionStorage.getItem(storageName);
  return { key, remembered: remembered !== null, notice: null };
}

function change(next: SignIn): void {
  current = next;
  for (const listener of listeners) listener();
}

/** Stores the key: in this browser for good when `remember`, else until the tab is closed. */
export function signIn(key: string, remember: boolean): void {
  localStorage.removeItem(storageName);
  sessionStorage.removeItem(storageName);
  (remember ? localStorage : sessionStorage).setItem(storageName, key);
  change({ key, remembered: remember, notice: null });
}

/** Forgets the key. `notice` tells the person why, when it was not their own wish. */
export function signOut(notice: string | null = null): void {
  localStorage.removeItem(storageName);
  sessionStorage.removeItem(storageName);
  // Who leaves on purpose leaves no draft with its numbers and no names of files behind; a key that was revoked must not cost the draft.
  if (notice === null) {
    sessionStorage.clear();
    void forgetAllUnfinished();
  }
  change({ key: null, remembered: false, notice });
}

/**
 * Takes the key from `#key=…` and removes it from the address bar and the history entry. The fragment never reaches
 * a server, so the key stays out of logs. An earlier choice to remember the key is kept.
 */
export function takeKeyFromAddress(): void {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const key = fragment.get('key')?.trim();
  if (key === undefined) return;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  if (key !== '') signIn(key, current.remembered);
}

export function currentKey(): string | null {
  return current.key;
}

export function useSignIn(): SignIn {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

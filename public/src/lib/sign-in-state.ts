import { useSyncExternalStore } from 'react';

/** Who is signed in in this browser, as far as this tab knows. The sign-in itself is a cookie that no script can read. */
export type SignInState =
  | { kind: 'asking' }
  | { kind: 'unknown'; error: unknown }
  /** `notice` says why, for the sign-in screen, when it was not the person's own wish. */
  | { kind: 'out'; notice: string | null }
  /** `id` is another one for every sign-in. */
  | { kind: 'in'; id: string };

export const signedOutNotice = 'You were signed out. Sign in again.';

const listeners = new Set<() => void>();
let current: SignInState = { kind: 'asking' };

export function changeSignIn(next: SignInState): void {
  current = next;
  for (const listener of listeners) listener();
}

/** The server no longer knows the sign-in of this tab. */
export function signInEnded(): void {
  if (current.kind === 'in') changeSignIn({ kind: 'out', notice: signedOutNotice });
}

export function useSignIn(): SignInState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

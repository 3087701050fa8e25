import { SharedValue } from './shared-value.js';

/** Who is signed in in this browser, as far as this tab knows. The sign-in itself is a cookie that no script can read. */
export type SignInState =
  | { kind: 'asking' }
  | { kind: 'unknown'; error: unknown }
  /** `notice` says why, for the sign-in screen, when it was not the person's own wish. */
  | { kind: 'out'; notice: string | null }
  /** `id` is another one for every sign-in. */
  | { kind: 'in'; id: string };

export const signedOutNotice = 'You were signed out. Sign in again.';

const signIn = new SharedValue<SignInState>({ kind: 'asking' });

export function changeSignIn(next: SignInState): void {
  signIn.set(next);
}

/** The server no longer knows the sign-in of this tab. */
export function signInEnded(): void {
  if (signIn.get().kind === 'in') changeSignIn({ kind: 'out', notice: signedOutNotice });
}

export const useSignIn = signIn.use;

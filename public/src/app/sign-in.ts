import { signInSchema } from '../../../server/contract/sign-in.js';
import { ApiError, requestDone, requestOne } from '../lib/api-client.js';
import { changeSignIn } from '../lib/sign-in-state.js';
import { forgetAllUnfinished } from '../files/unfinished-uploads.js';

const path = '/sign-in';
/** Where earlier versions kept the key itself. */
const keyStorageName = 'statuscast.key';
const notKept = {
  http: 'The browser did not keep the sign-in, because the server is meant to be used over https. Open it at its https address.',
  https: 'The browser did not keep the sign-in. Allow cookies for this page, and sign in again.',
};

/** Tells the other tabs of this browser. Their connections end too; this way they know at once, and that it was on purpose. */
const otherTabs = new BroadcastChannel(`statuscast ${new URL(document.baseURI).pathname}`);
otherTabs.addEventListener('message', ({ data }) => {
  if (data === 'out') {
    leave();
    return;
  }
  // Perhaps somebody else: nothing of what this tab shows is carried over.
  changeSignIn({ kind: 'asking' });
  void findOut();
});

/** Asks the server who is signed in in this browser, and shows that. */
export async function findOut(): Promise<void> {
  try {
    const { id } = await requestOne(signInSchema, path);
    changeSignIn({ kind: 'in', id });
  } catch (error) {
    // Where others have tried too many keys, whoever is not signed in may still sign in.
    const isOut = error instanceof ApiError && ['unauthorized', 'rate_limited'].includes(error.code);
    changeSignIn(isOut ? { kind: 'out', notice: null } : { kind: 'unknown', error });
  }
}

/** Signs this browser in, until it is closed unless `remember`. Nothing keeps the key. Rejects with ApiError. */
export async function signIn(key: string, remember: boolean): Promise<void> {
  await requestDone(path, { method: 'POST', body: { remember }, key });
  const { id } = await requestOne(signInSchema, path).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'unauthorized') throw error;
    throw new ApiError('unavailable', window.location.protocol === 'http:' ? notKept.http : notKept.https);
  });
  changeSignIn({ kind: 'in', id });
  otherTabs.postMessage('in');
}

/** Ends the sign-in of this browser, or of all browsers with the same key, on the server and in all tabs. Rejects with ApiError. */
export async function signOut(everywhere = false): Promise<void> {
  try {
    await requestDone(path, { method: 'DELETE', query: { everywhere: everywhere ? 'true' : undefined } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'unauthorized') throw error;
  }
  leave();
  otherTabs.postMessage('out');
}

/** Who leaves on purpose leaves no draft with its numbers and no names of files behind; an ended sign-in must not cost the draft. */
function leave(): void {
  sessionStorage.clear();
  void forgetAllUnfinished();
  changeSignIn({ kind: 'out', notice: null });
}

/**
 * Finds out who is signed in, or signs in with the key in `#key=…` and removes it from the address bar and the history entry. The fragment never reaches
 * a server, so the key stays out of logs.
 */
export async function signInFromAddress(): Promise<void> {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const inAddress = fragment.get('key')?.trim();
  const stored = localStorage.getItem(keyStorageName) ?? sessionStorage.getItem(keyStorageName);
  const isRemembered = localStorage.getItem(keyStorageName) !== null;
  localStorage.removeItem(keyStorageName);
  sessionStorage.removeItem(keyStorageName);
  if (inAddress !== undefined) {
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }
  changeSignIn({ kind: 'asking' });
  const key = inAddress === undefined || inAddress === '' ? stored : inAddress;
  if (key === null) {
    await findOut();
    return;
  }
  try {
    await signIn(key, isRemembered);
  } catch (error) {
    changeSignIn({ kind: 'out', notice: refusalOf(error) });
  }
}

/** Why signing in did not work, for the person who tried. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something unexpected happened. Try again in a moment.';
  return error.code === 'unauthorized' ? 'This key is not valid. Check that you copied all of it.' : error.message;
}

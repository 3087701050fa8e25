import { signInBodySchema, signInSchema, signOutQuerySchema, type SignIn } from '../contract/sign-in.js';
import { defineRoute, type Route, type RouteRequest } from '../http/define-route.js';
import { AppError } from '../lib/app-error.js';
import { publicPrincipal, type Principal, type SignInOfPrincipal } from './principal.js';
import type { SignInCookie } from './sign-in-cookie.js';
import type { SignIns } from './sign-ins-service.js';

const tag = 'Sign-in';
const path = '/sign-in';
/** It concerns nobody but the caller. */
const access = { capability: 'read', on: 'visible' } as const;

/** Signing in to the dashboard and out again. */
export function signInRoutes(signIns: SignIns, cookie: SignInCookie): Route[] {
  return [
    defineRoute({
      method: 'post',
      path,
      tag,
      summary: 'Sign a browser in',
      description:
        'Send the key, or the login token, as with any request. The answer sets an HttpOnly cookie that takes its place in this ' +
        'browser, on pages of this server only. What the browser was signed in with before ends.',
      access,
      authenticatedBy: 'key',
      body: signInBodySchema,
      response: { status: 200, data: signInSchema },
      handler: async ({ principal, body, request, reply }) => {
        if (principal.signIn) throw new AppError('forbidden', 'This browser is signed in. Send a key to sign in anew.');
        const { token, signIn } = await signIns.begin(principal, body.remember, cookie.tokensOf(headersOf(request)));
        const browser = { headers: headersOf(request), isSecure: request.isSecure };
        reply.header('Set-Cookie', cookie.set(browser, token, body.remember ? signIn.endsAt : undefined));
        return publicSignIn(principal, signIn);
      },
    }),
    defineRoute({
      method: 'get',
      path,
      tag,
      summary: 'Who is signed in in this browser',
      description: 'Not found for a request that came with a key: it is signed in nowhere.',
      access,
      response: { status: 200, data: signInSchema },
      errors: ['not_found'],
      handler: ({ principal }) => {
        if (!principal.signIn)
          throw new AppError('not_found', 'This request came with a key, which is signed in nowhere.');
        return publicSignIn(principal, principal.signIn);
      },
    }),
    defineRoute({
      method: 'delete',
      path,
      tag,
      summary: 'Sign out',
      description:
        'Ends the sign-in of this browser, with the live connections of all its tabs. With `everywhere=true`, those of every ' +
        'browser that is signed in with the same key; a request with the key may ask for that too.',
      access,
      query: signOutQuerySchema,
      response: { status: 204 },
      handler: async ({ principal, query, request, reply }) => {
        await signIns.end(principal, query.everywhere === 'true');
        reply.header('Set-Cookie', cookie.clear({ headers: headersOf(request), isSecure: request.isSecure }));
        return undefined;
      },
    }),
  ];
}

function headersOf(request: RouteRequest) {
  const [sent, host, origin] = [request.header('cookie'), request.header('host'), request.header('origin')];
  return {
    ...(sent !== undefined && { cookie: sent }),
    ...(host !== undefined && { host }),
    ...(origin && { origin }),
  };
}

function publicSignIn(principal: Principal, { id, createdAt, endsAt }: SignInOfPrincipal): SignIn {
  return {
    id,
    createdAt: createdAt.toISOString(),
    expiresAt: endsAt.toISOString(),
    principal: publicPrincipal(principal),
  };
}

import { toBuffer } from 'qrcode';
import { z } from 'zod';
import { pageQuerySchema } from '../contract/envelope.js';
import { sessionIdSchema } from '../contract/ids.js';
import {
  connectionStatusSchema,
  createSessionBodySchema,
  createdSessionSchema,
  deletedSessionSchema,
  deviceSchema,
  pairingCodeSchema,
  patchSessionBodySchema,
  putPhoneNumberBodySchema,
  qrSchema,
  requestPairingCodeBodySchema,
  sessionSchema,
} from '../contract/sessions.js';
import { type Route, defineRoute } from '../http/define-route.js';
import { maxWaitSeconds } from '../http/prefer-wait.js';
import { tagOf } from './linking-service.js';
import type { LinkingService } from './linking-service.js';
import type { RunningSessions } from './running-sessions.js';
import type { SessionsService } from './sessions-service.js';

const tag = 'Sessions';
const params = z.object({ sessionId: sessionIdSchema });
const seen = { capability: 'read', on: 'session' } as const;
const managed = { capability: 'manage', on: 'session' } as const;

/** Making, linking, running and deleting sessions. */
export function sessionsRoutes(sessions: SessionsService, running: RunningSessions, linking: LinkingService): Route[] {
  return [...recordRoutes(sessions), ...runRoutes(sessions, running), ...linkRoutes(sessions, linking)];
}

function recordRoutes(sessions: SessionsService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions',
      tag,
      summary: 'Create a session',
      description:
        'Makes a session and starts it, unless `start` is false: it then waits for the account to be linked, by a code typed on ' +
        'the phone (`pairing`, needs `phoneNumber`) or by a QR code. The answer carries, this once, a key that can use only this session. ' +
        `With \`Prefer: wait=20\` (at most ${String(maxWaitSeconds)}) it comes with the first code to scan or type.`,
      access: { capability: 'manage', on: 'organization' },
      body: createSessionBodySchema,
      response: { status: 201, data: createdSessionSchema },
      location: ({ sessionId }) => `/sessions/${sessionId}`,
      errors: ['conflict'],
      idempotent: true,
      waits: true,
      handler: ({ principal, body, wait, keep }) => sessions.create(principal, body, { ...wait, keep }),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions',
      tag,
      summary: 'List the sessions that the key may see',
      description: 'Oldest first.',
      access: { capability: 'read', on: 'visible' },
      query: pageQuerySchema,
      response: { status: 200, page: sessionSchema },
      handler: ({ principal, query }) => sessions.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId',
      tag,
      summary: 'Read one session',
      description:
        'Its name, state, account and settings, without codes to scan or type; those are in `connection-status`.',
      access: seen,
      params,
      response: { status: 200, data: sessionSchema },
      handler: ({ principal, params: { sessionId } }) => sessions.get(principal, sessionId),
    }),
    defineRoute({
      method: 'delete',
      path: '/sessions/:sessionId',
      tag,
      summary: 'Delete a session',
      description:
        'Unlinks the device and deletes credentials, statuses, viewers and uploads of the session. An account that is not ' +
        'connected is connected for a moment to unlink it; the answer tells whether WhatsApp confirmed it.',
      access: managed,
      params,
      response: { status: 200, data: deletedSessionSchema },
      errors: ['conflict', 'unavailable'],
      handler: ({ params: { sessionId } }) => sessions.delete(sessionId),
    }),
    defineRoute({
      method: 'patch',
      path: '/sessions/:sessionId',
      tag,
      summary: 'Change the name, metadata, webhook, limits or flags of a session',
      description: 'What is left out stays as it is.',
      access: managed,
      params,
      body: patchSessionBodySchema,
      response: { status: 200, data: sessionSchema },
      handler: ({ principal, params: { sessionId }, body }) => sessions.update(principal, sessionId, body),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/device',
      tag,
      summary: 'Read which device the session is linked as',
      description: 'What WhatsApp calls this device, and the account it belongs to. 409 before an account is linked.',
      access: seen,
      params,
      response: { status: 200, data: deviceSchema },
      errors: ['not_connected'],
      handler: ({ params: { sessionId } }) => sessions.device(sessionId),
    }),
  ];
}

function runRoutes(sessions: SessionsService, running: RunningSessions): Route[] {
  const verbs = [
    ['start', 'Connect a session', 'Running already is success.', running.startSession.bind(running)],
    [
      'stop',
      'Disconnect a session and keep the pairing',
      'Stopped already is success.',
      running.stopSession.bind(running),
    ],
    [
      'restart',
      'Tear the connection down and open it again',
      'A session that is not linked gets a new QR code or pairing code.',
      running.restartSession.bind(running),
    ],
    [
      'logout',
      'Unlink the device',
      'Linking again is needed to connect. 502 when WhatsApp did not confirm it: the credentials are deleted all the same, ' +
        'and the phone may still list the device. Unlinked already is success.',
      running.logoutSession.bind(running),
    ],
  ] as const;
  return verbs.map(([verb, summary, description, act]) =>
    defineRoute({
      method: 'post',
      path: `/sessions/:sessionId/${verb}`,
      tag,
      summary,
      description: `${description} Answers with the session; how the connection goes on is pushed as \`connection-status\`.`,
      access: managed,
      params,
      response: { status: 200, data: sessionSchema },
      errors: verb === 'logout' ? ['conflict', 'whatsapp_error', 'unavailable'] : ['conflict', 'unavailable'],
      handler: async ({ principal, params: { sessionId } }) => {
        await act(sessionId);
        return sessions.get(principal, sessionId);
      },
    }),
  );
}

function linkRoutes(sessions: SessionsService, linking: LinkingService): Route[] {
  return [
    defineRoute({
      method: 'put',
      path: '/sessions/:sessionId/phone-number',
      tag,
      summary: 'Set the phone number for pairing',
      description: 'Where a pairing code is shown, it is replaced by one for this number.',
      access: managed,
      params,
      body: putPhoneNumberBodySchema,
      response: { status: 200, data: sessionSchema },
      errors: ['conflict'],
      handler: async ({ principal, params: { sessionId }, body }) => {
        await linking.setPhoneNumber(sessionId, body.phoneNumber);
        return sessions.get(principal, sessionId);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/connection-status',
      tag,
      summary: 'Read how the connection stands, with the codes to scan or type',
      description:
        'With `Prefer: wait=60` the answer comes as soon as the state, the code to scan or type or anything else but `health` ' +
        `changes, at the latest after that many seconds (at most ${String(maxWaitSeconds)}). Give the \`ETag\` of your last answer as ` +
        '`If-None-Match`, so that nothing that changed between two requests is missed: 304 then means that nothing did. ' +
        'Codes are shown only to those who may manage the session.',
      access: seen,
      params,
      response: { status: 200, data: connectionStatusSchema },
      waits: true,
      handler: async ({ principal, params: { sessionId }, request, reply, wait }) => {
        const known = request.header('if-none-match');
        const status =
          wait.waitMs > 0
            ? await linking.nextConnectionStatus(principal, sessionId, known, wait)
            : await linking.connectionStatus(principal, sessionId);
        reply.header('ETag', tagOf(status));
        return status;
      },
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/qr',
      tag,
      summary: 'Read the QR code to scan now',
      description:
        'JSON, or the picture with `Accept: image/png`. A fresh code replaces the last; `qr-code` events push it.',
      access: managed,
      params,
      response: { status: 200, data: qrSchema, alsoAs: ['image/png'] },
      errors: ['conflict', 'unavailable'],
      handler: async ({ params: { sessionId }, request, reply }) => {
        const code = await linking.qr(sessionId);
        reply.header('Cache-Control', 'no-store');
        if (request.accepts(['application/json', 'image/png']) !== 'image/png') return code;
        return reply.raw('image/png', await toBuffer(code.qr, { margin: 2, width: 320 }));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/request-qr-code',
      tag,
      summary: 'Ask WhatsApp for a fresh QR code',
      description:
        'Starts linking anew; a code that was shown before is dead. A session that links by pairing code links by QR code then.',
      access: managed,
      params,
      response: { status: 200, data: qrSchema },
      errors: ['conflict', 'whatsapp_error', 'unavailable'],
      handler: ({ params: { sessionId }, reply }) => {
        reply.header('Cache-Control', 'no-store');
        return linking.requestQr(sessionId);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/pairing-code',
      tag,
      summary: 'Read the pairing code to type now',
      description:
        'Waits a little for one that is on its way. 409 where the session shows none: it is linked, stopped, or links by QR code.',
      access: managed,
      params,
      response: { status: 200, data: pairingCodeSchema },
      errors: ['conflict', 'unavailable'],
      handler: ({ params: { sessionId } }) => linking.pairingCode(sessionId),
    }),
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/request-pairing-code',
      tag,
      summary: 'Ask WhatsApp for a fresh pairing code',
      description: 'For `phoneNumber`, or for the number that the session has. The phone shows where to type it.',
      access: managed,
      params,
      body: requestPairingCodeBodySchema,
      response: { status: 200, data: pairingCodeSchema },
      errors: ['conflict', 'whatsapp_error', 'unavailable'],
      handler: ({ params: { sessionId }, body }) => linking.requestPairingCode(sessionId, body),
    }),
  ];
}

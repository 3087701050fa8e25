import { z } from 'zod';
import {
  apiKeySchema,
  createKeyBodySchema,
  createdApiKeySchema,
  keyIdSchema,
  listKeysQuerySchema,
  updateKeyBodySchema,
} from '../contract/access.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { KeysService } from './keys-service.js';

const tag = 'Keys';
const access = { capability: 'manage', on: 'organization' } as const;
const params = z.object({ keyId: keyIdSchema });

/** Making, listing, changing and revoking API keys. */
export function keysRoutes(keys: KeysService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/keys',
      tag,
      summary: 'Make a key',
      description:
        'For the whole organization, or with `sessionId` for that session only. The answer carries the key, this once. A key gets no ' +
        'capability that its maker lacks, and does not outlive the key that made it.',
      access,
      body: createKeyBodySchema,
      response: { status: 201, data: createdApiKeySchema },
      location: ({ id }) => `/keys/${id}`,
      errors: ['not_found', 'conflict'],
      idempotent: true,
      handler: ({ principal, body, keep }) => keys.create(principal, body, keep),
    }),
    defineRoute({
      method: 'get',
      path: '/keys',
      tag,
      summary: 'List keys',
      description: 'Newest first, without the keys themselves. Keys that ended are listed for 90 days.',
      access,
      query: listKeysQuerySchema,
      response: { status: 200, page: apiKeySchema },
      handler: ({ principal, query }) => keys.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/keys/:keyId',
      tag,
      summary: 'Read one key',
      description: 'What it may do, until when, and when it was last used; never the key itself.',
      access,
      params,
      response: { status: 200, data: apiKeySchema },
      errors: ['not_found'],
      handler: ({ principal, params: { keyId } }) => keys.get(principal, keyId),
    }),
    defineRoute({
      method: 'patch',
      path: '/keys/:keyId',
      tag,
      summary: 'Change name, end or request limit of a key',
      description: 'What is left out stays. What a key may do cannot be changed: make another one.',
      access,
      params,
      body: updateKeyBodySchema,
      response: { status: 200, data: apiKeySchema },
      errors: ['not_found', 'conflict'],
      handler: ({ principal, params: { keyId }, body }) => keys.update(principal, keyId, body),
    }),
    defineRoute({
      method: 'delete',
      path: '/keys/:keyId',
      tag,
      summary: 'Revoke a key',
      description: 'At once, with the live connections made with it. Revoked already is success.',
      access,
      params,
      response: { status: 204 },
      errors: ['not_found'],
      handler: async ({ principal, params: { keyId } }) => {
        await keys.revoke(principal, keyId);
        return undefined;
      },
    }),
  ];
}

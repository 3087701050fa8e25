import { z } from 'zod';
import {
  createOrganizationBodySchema,
  organizationIdSchema,
  organizationSchema,
  principalSchema,
  updateOrganizationBodySchema,
} from '../contract/access.js';
import { pageQuerySchema } from '../contract/envelope.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { OrganizationsService } from './organizations-service.js';
import { publicPrincipal } from './principal.js';

const tag = 'Organizations';
const access = { root: true } as const;
const params = z.object({ organizationId: organizationIdSchema });

/** Organizations, for the root key; and for everybody, who they are. */
export function organizationsRoutes(organizations: OrganizationsService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/organizations',
      tag,
      summary: 'Create an organization',
      description: 'For the root key. Organizations see nothing of each other; keys for it are made by `POST /keys`.',
      access,
      body: createOrganizationBodySchema,
      response: { status: 201, data: organizationSchema },
      location: ({ id }) => `/organizations/${id}`,
      errors: ['conflict'],
      idempotent: true,
      handler: ({ body, keep }) => organizations.create(body, keep),
    }),
    defineRoute({
      method: 'get',
      path: '/organizations',
      tag,
      summary: 'List organizations',
      description: 'Oldest first.',
      access,
      query: pageQuerySchema,
      response: { status: 200, page: organizationSchema },
      handler: ({ query }) => organizations.list(query),
    }),
    defineRoute({
      method: 'get',
      path: '/organizations/:organizationId',
      tag,
      summary: 'Read one organization',
      description: 'For the root key: its name, and how many sessions and keys it has.',
      access,
      params,
      response: { status: 200, data: organizationSchema },
      errors: ['not_found'],
      handler: ({ params: { organizationId } }) => organizations.get(organizationId),
    }),
    defineRoute({
      method: 'patch',
      path: '/organizations/:organizationId',
      tag,
      summary: 'Rename an organization',
      description: 'For the root key.',
      access,
      params,
      body: updateOrganizationBodySchema,
      response: { status: 200, data: organizationSchema },
      errors: ['not_found'],
      handler: ({ params: { organizationId }, body }) => organizations.rename(organizationId, body.name),
    }),
    defineRoute({
      method: 'delete',
      path: '/organizations/:organizationId',
      tag,
      summary: 'Delete an organization and its keys',
      description: 'Refused with 409 while it has sessions, and for `default`.',
      access,
      params,
      response: { status: 204 },
      errors: ['not_found', 'conflict'],
      handler: async ({ params: { organizationId } }) => {
        await organizations.delete(organizationId);
        return undefined;
      },
    }),
    defineRoute({
      method: 'get',
      path: '/me',
      tag,
      summary: 'Who this key or login is, and what it may do',
      description: 'Its organization, its session where it has one only, and its capabilities.',
      access: { capability: 'read', on: 'visible' },
      response: { status: 200, data: principalSchema },
      handler: ({ principal }) => publicPrincipal(principal),
    }),
  ];
}

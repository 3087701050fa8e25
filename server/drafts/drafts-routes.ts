import { z } from 'zod';
import {
  changeDraftBodySchema,
  createDraftBodySchema,
  draftIdSchema,
  draftSchema,
  listDraftsQuerySchema,
} from '../contract/planning/drafts.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { DraftsService } from './drafts-service.js';

const tag = 'Drafts';
const params = z.object({ draftId: draftIdSchema });
const draftResponse = { status: 200, data: draftSchema } as const;

/** Posts that are being written. */
export function draftsRoutes(drafts: DraftsService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/drafts',
      tag,
      summary: 'Save an unfinished post',
      description:
        'Any of the fields that posting takes, as far as they are known. The files that it shows stay for as long as the draft. ' +
        'Everybody of the organization sees its drafts; the event `drafts-updated` tells of changes.',
      access: { capability: 'send', on: 'organization' },
      body: createDraftBodySchema,
      response: { status: 201, data: draftSchema },
      location: ({ id }) => `/drafts/${id}`,
      errors: ['not_found', 'conflict'],
      idempotent: true,
      handler: ({ principal, body, keep }) => drafts.create(principal, body, keep),
    }),
    defineRoute({
      method: 'get',
      path: '/drafts',
      tag,
      summary: 'List drafts, those changed last first',
      description: '`search` looks for words in name and texts.',
      access: { capability: 'read', on: 'organization' },
      query: listDraftsQuerySchema,
      response: { status: 200, page: draftSchema },
      handler: ({ principal, query }) => drafts.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/drafts/:draftId',
      tag,
      summary: 'Read a draft',
      description: 'As it was last saved; it need not be complete, and is checked when it is posted.',
      access: { capability: 'read', on: 'organization' },
      params,
      response: draftResponse,
      errors: ['not_found'],
      handler: ({ principal, params: { draftId } }) => drafts.get(principal, draftId),
    }),
    defineRoute({
      method: 'patch',
      path: '/drafts/:draftId',
      tag,
      summary: 'Change a draft',
      description: 'What is left out stays; `status` is replaced as a whole.',
      access: { capability: 'send', on: 'organization' },
      params,
      body: changeDraftBodySchema,
      response: draftResponse,
      errors: ['not_found'],
      handler: ({ principal, params: { draftId }, body }) => drafts.change(principal, draftId, body),
    }),
    defineRoute({
      method: 'delete',
      path: '/drafts/:draftId',
      tag,
      summary: 'Delete a draft',
      description: 'Nothing that was posted from it changes.',
      access: { capability: 'send', on: 'organization' },
      params,
      response: { status: 204 },
      errors: ['not_found'],
      handler: async ({ principal, params: { draftId } }) => {
        await drafts.delete(principal, draftId);
        return undefined;
      },
    }),
  ];
}

import { z } from 'zod';
import {
  changeTemplateBodySchema,
  createTemplateBodySchema,
  listTemplatesQuerySchema,
  templateSchema,
} from '../contract/planning/templates.js';
import { templateIdSchema } from '../contract/ids.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { TemplatesService } from './templates-service.js';

const tag = 'Templates';
const params = z.object({ templateId: templateIdSchema });
const templateResponse = { status: 200, data: templateSchema } as const;

/** Saved posts to start from. */
export function templatesRoutes(templates: TemplatesService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/templates',
      tag,
      summary: 'Save a post as a template',
      description: 'Post it with `POST /broadcasts`: its `status` with `sessionIds` and values for its `variables`.',
      access: { capability: 'send', on: 'organization' },
      body: createTemplateBodySchema,
      response: { status: 201, data: templateSchema },
      location: ({ id }) => `/templates/${id}`,
      errors: ['not_found', 'conflict'],
      idempotent: true,
      handler: ({ principal, body, keep }) => templates.create(principal, body, keep),
    }),
    defineRoute({
      method: 'get',
      path: '/templates',
      tag,
      summary: 'List templates',
      description: 'Newest first.',
      access: { capability: 'read', on: 'organization' },
      query: listTemplatesQuerySchema,
      response: { status: 200, page: templateSchema },
      handler: ({ principal, query }) => templates.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/templates/:templateId',
      tag,
      summary: 'Read a template',
      description: 'The fields of `send-status` that a post starts from, and the variables that need a value.',
      access: { capability: 'read', on: 'organization' },
      params,
      response: templateResponse,
      errors: ['not_found'],
      handler: ({ principal, params: { templateId } }) => templates.get(principal, templateId),
    }),
    defineRoute({
      method: 'patch',
      path: '/templates/:templateId',
      tag,
      summary: 'Change a template',
      description: 'What is left out stays. Posts that were made from it stay as they are.',
      access: { capability: 'send', on: 'organization' },
      params,
      body: changeTemplateBodySchema,
      response: templateResponse,
      errors: ['not_found', 'conflict'],
      handler: ({ principal, params: { templateId }, body }) => templates.change(principal, templateId, body),
    }),
    defineRoute({
      method: 'delete',
      path: '/templates/:templateId',
      tag,
      summary: 'Delete a template; what was posted from it stays',
      description: 'A file that nothing else uses is kept as long as any unused upload.',
      access: { capability: 'send', on: 'organization' },
      params,
      response: { status: 204 },
      errors: ['not_found'],
      handler: async ({ principal, params: { templateId } }) => {
        await templates.delete(principal, templateId);
        return undefined;
      },
    }),
  ];
}

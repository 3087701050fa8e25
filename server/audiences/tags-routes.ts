import { addTagBodySchema, removeTagBodySchema, tagChangedSchema, tagCountSchema } from '../contract/audiences.js';
import { pageQuerySchema } from '../contract/envelope.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { TagsService } from './tags-service.js';

const tag = 'Audiences';
const managing = { capability: 'manage', on: 'organization' } as const;

/** Tags, which lists and imports give to people too. */
export function tagsRoutes(tags: TagsService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/tags',
      tag,
      summary: 'Tags, and how many people have each',
      description: 'By name.',
      access: { capability: 'read', on: 'organization' },
      query: pageQuerySchema,
      response: { status: 200, page: tagCountSchema },
      handler: ({ principal, query }) => tags.list(principal, query),
    }),
    defineRoute({
      method: 'post',
      path: '/tags/add-people',
      tag,
      summary: 'Give a tag to numbers',
      description: 'Those who have it already are no failure. A tag is there as long as somebody has it.',
      access: managing,
      body: addTagBodySchema,
      response: { status: 200, data: tagChangedSchema },
      errors: ['conflict'],
      handler: ({ principal, body }) => tags.add(principal, body.tag, body.numbers),
    }),
    defineRoute({
      method: 'post',
      path: '/tags/remove-people',
      tag,
      summary: 'Take a tag from numbers, or from everybody',
      description: 'Without `numbers` nobody has the tag any more, and it is gone.',
      access: managing,
      body: removeTagBodySchema,
      response: { status: 200, data: tagChangedSchema },
      handler: ({ principal, body }) => tags.remove(principal, body.tag, body.numbers),
    }),
  ];
}

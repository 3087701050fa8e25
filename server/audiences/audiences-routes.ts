import { z } from 'zod';
import {
  addMembersBodySchema,
  audienceListSchema,
  audienceNameBodySchema,
  listMembersQuerySchema,
  memberSchema,
  membersChangedSchema,
  removeMembersBodySchema,
} from '../contract/audiences.js';
import {
  importBodySchema,
  importPreviewSchema,
  importQuerySchema,
  importReportSchema,
  maxImportBytes,
} from '../contract/audience-imports.js';
import { pageQuerySchema } from '../contract/envelope.js';
import { audienceIdSchema } from '../contract/ids.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ListsService } from './lists-service.js';

const tag = 'Audiences';
const params = z.object({ audienceId: audienceIdSchema });
const reading = { capability: 'read', on: 'organization' } as const;
const managing = { capability: 'manage', on: 'organization' } as const;

const inAnyForm =
  'The file itself (`text/csv`), a form with it in the field `file`, or its text as JSON; in UTF-8, UTF-16 with its mark or the Windows code page of the West.';

/** Named lists of an organization. */
export function audiencesRoutes(lists: ListsService): Route[] {
  return [...listRoutes(lists), ...memberRoutes(lists), ...importRoutes(lists)];
}

function listRoutes(lists: ListsService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/audiences',
      tag,
      summary: 'Make a list of people',
      description:
        'Empty at first; people are added by `members` or `import`. A name is taken once in an organization.',
      access: managing,
      body: audienceNameBodySchema,
      response: { status: 201, data: audienceListSchema },
      location: ({ id }) => `/audiences/${id}`,
      idempotent: true,
      handler: ({ principal, body, keep }) => lists.create(principal, body.name, keep),
    }),
    defineRoute({
      method: 'get',
      path: '/audiences',
      tag,
      summary: 'Lists of people',
      description: 'Oldest first, with the number of people on each.',
      access: reading,
      query: pageQuerySchema,
      response: { status: 200, page: audienceListSchema },
      handler: ({ principal, query }) => lists.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/audiences/:audienceId',
      tag,
      summary: 'Read a list',
      description: 'Its name and how many people are on it; who they are is listed by `members`.',
      access: reading,
      params,
      response: { status: 200, data: audienceListSchema },
      errors: ['not_found'],
      handler: ({ principal, params: { audienceId } }) => lists.get(principal, audienceId),
    }),
    defineRoute({
      method: 'patch',
      path: '/audiences/:audienceId',
      tag,
      summary: 'Rename a list',
      description: 'Posts that are planned for the list go on being for it.',
      access: managing,
      params,
      body: audienceNameBodySchema,
      response: { status: 200, data: audienceListSchema },
      errors: ['not_found', 'conflict'],
      handler: ({ principal, params: { audienceId }, body }) => lists.rename(principal, audienceId, body.name),
    }),
    defineRoute({
      method: 'delete',
      path: '/audiences/:audienceId',
      tag,
      summary: 'Delete a list',
      description: 'What was posted to it stays as it is.',
      access: managing,
      params,
      response: { status: 204 },
      errors: ['not_found'],
      handler: async ({ principal, params: { audienceId } }) => {
        await lists.delete(principal, audienceId);
        return undefined;
      },
    }),
  ];
}

function memberRoutes(lists: ListsService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/audiences/:audienceId/members',
      tag,
      summary: 'Who is on a list',
      description: 'By number, with names and tags. `search` looks for a part of a name or number.',
      access: reading,
      params,
      query: listMembersQuerySchema,
      response: { status: 200, page: memberSchema },
      errors: ['not_found'],
      handler: ({ principal, params: { audienceId }, query }) => lists.members(principal, audienceId, query),
    }),
    defineRoute({
      method: 'post',
      path: '/audiences/:audienceId/members',
      tag,
      summary: 'Add people to a list, or names and tags to those who are on it',
      description:
        'Each number once, however it is written. All or none: where one number cannot be read, nobody is added.',
      access: managing,
      params,
      body: addMembersBodySchema,
      response: { status: 200, data: membersChangedSchema },
      errors: ['not_found', 'conflict'],
      handler: ({ principal, params: { audienceId }, body }) => lists.addMembers(principal, audienceId, body.members),
    }),
    defineRoute({
      method: 'post',
      path: '/audiences/:audienceId/remove-members',
      tag,
      summary: 'Take people off a list',
      description: 'Numbers that are not on it are no failure. Names, tags and opt-outs stay known.',
      access: managing,
      params,
      body: removeMembersBodySchema,
      response: { status: 200, data: membersChangedSchema },
      errors: ['not_found'],
      handler: ({ principal, params: { audienceId }, body }) =>
        lists.removeMembers(principal, audienceId, body.numbers),
    }),
    defineRoute({
      method: 'get',
      path: '/audiences/:audienceId/export',
      tag,
      summary: 'The people of a list as CSV',
      description:
        'Number, name and tags, as `import` takes them. Cells that a spreadsheet would run as formulas are escaped.',
      access: reading,
      params,
      response: { status: 200, raw: ['text/csv'] },
      errors: ['not_found'],
      handler: async ({ principal, params: { audienceId }, reply }) => {
        const csv = await lists.exportCsv(principal, audienceId);
        reply.header('content-disposition', `attachment; filename="audience-${audienceId}.csv"`);
        return reply.raw('text/csv; charset=utf-8', csv);
      },
    }),
  ];
}

function importRoutes(lists: ListsService): Route[] {
  const file = {
    access: managing,
    params,
    query: importQuerySchema,
    body: importBodySchema,
    bodyLimitBytes: maxImportBytes,
    textBody: { type: 'text/csv', field: 'csv' },
    errors: ['not_found', 'conflict'],
  } as const;
  return [
    defineRoute({
      ...file,
      method: 'post',
      path: '/audiences/:audienceId/import-preview',
      tag,
      summary: 'What an import of a CSV file would do',
      description:
        'How its columns are understood, whom it names, and what is wrong with it, cell by cell. Nothing is changed. Takes what the import takes.',
      response: { status: 200, data: importPreviewSchema },
      handler: ({ principal, params: { audienceId }, query, body }) =>
        lists.previewImport(principal, audienceId, body.csv, query),
    }),
    defineRoute({
      ...file,
      method: 'post',
      path: '/audiences/:audienceId/import',
      tag,
      summary: 'Add people from a CSV file',
      description: `${inAnyForm} At most 50,000 people and 8 MB at once. Further columns become fields of the people.`,
      response: { status: 200, data: importReportSchema },
      handler: ({ principal, params: { audienceId }, query, body }) =>
        lists.importCsv(principal, audienceId, body.csv, query),
    }),
  ];
}

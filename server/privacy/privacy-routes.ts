import { exportPersonParamsSchema, personExportSchema } from '../contract/person-exports.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { PersonExportService } from './person-export-service.js';

/** What is kept of single people. */
export function privacyRoutes(exports: PersonExportService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/people/:phoneNumber/export',
      tag: 'Audiences',
      summary: 'Everything that is kept of one person',
      description:
        'By the number, however it is written, in all accounts of the organization: names, lists, tags, opt-outs, and for each status ' +
        'what became of it. Of somebody who is not known it says nothing. Numbers that posts, plans, drafts and templates name as ' +
        'their audience stand in those; live events and kept answers end by themselves, after 7 days at most.',
      endsWithCaller: true,
      access: { capability: 'read', on: 'organization' },
      params: exportPersonParamsSchema,
      response: { status: 200, data: personExportSchema },
      handler: ({ principal, params: { phoneNumber } }) => exports.export(principal, phoneNumber),
    }),
  ];
}

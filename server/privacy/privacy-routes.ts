import { z } from 'zod';
import { pageQuerySchema } from '../contract/envelope.js';
import { erasePersonQuerySchema, erasureIdSchema, erasureSchema, personParamsSchema } from '../contract/erasures.js';
import { personExportSchema } from '../contract/person-exports.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ErasingService } from './erasing-service.js';
import type { PersonExportService } from './person-export-service.js';

const tag = 'Audiences';
const managing = { capability: 'manage', on: 'organization' } as const;

/** What is kept of single people. */
export function privacyRoutes(exports: PersonExportService, erasing: ErasingService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/people/:phoneNumber/export',
      tag,
      summary: 'Everything that is kept of one person',
      description:
        'By the number, however it is written, or by the LID where only that is known, in all accounts of the organization: names, lists, tags, opt-outs, and for each status ' +
        'what became of it. Of somebody who is not known it says nothing. Numbers that posts, plans, drafts and templates name as ' +
        'their audience stand in those; live events end by themselves when KEEP_EVENTS_DAYS are over, kept answers after a day.',
      endsWithCaller: true,
      access: { capability: 'read', on: 'organization' },
      params: personParamsSchema,
      response: { status: 200, data: personExportSchema },
      handler: ({ principal, params: { phoneNumber } }) => exports.export(principal, phoneNumber),
    }),
    defineRoute({
      method: 'delete',
      path: '/people/:phoneNumber',
      tag,
      summary: 'Erase one person everywhere',
      description:
        'From all accounts of the organization, their lists, tags, events and kept answers, in either form of the number; it may take ' +
        'some seconds where there is much. Counts of statuses stay, and so do opt-outs. A repeat finds nothing more. What the phone or ' +
        'WhatsApp tells anew makes the person known again: delete the contact on the phone first. Numbers that plans, drafts and templates ' +
        'name as their audience stay in those.',
      access: managing,
      params: personParamsSchema,
      query: erasePersonQuerySchema,
      response: { status: 200, data: erasureSchema },
      errors: ['conflict', 'unavailable'],
      handler: ({ principal, params: { phoneNumber }, query }) => erasing.erase(principal, phoneNumber, query),
    }),
    defineRoute({
      method: 'get',
      path: '/erasures',
      tag,
      summary: 'List that people were erased',
      description: 'When, by whom and how much there was, the newest first; who it was is not kept.',
      access: managing,
      query: pageQuerySchema,
      response: { status: 200, page: erasureSchema },
      handler: ({ principal, query }) => erasing.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/erasures/:erasureId',
      tag,
      summary: 'Read one erasure',
      description: 'As it was answered when the person was erased, and whether it is finished.',
      access: managing,
      params: z.object({ erasureId: erasureIdSchema }),
      response: { status: 200, data: erasureSchema },
      errors: ['not_found'],
      handler: ({ principal, params: { erasureId } }) => erasing.get(principal, erasureId),
    }),
  ];
}

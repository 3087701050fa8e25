import { Readable } from 'node:stream';
import { z } from 'zod';
import { sessionIdSchema } from '../contract/ids.js';
import { segmentExportBodySchema } from '../contract/segments.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { segmentFiles, type SegmentExports } from './segment-exports.js';

/** People by what they did. */
export function segmentsRoutes(exports: SegmentExports): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/segment-export',
      tag: 'Audiences',
      summary: 'The people of a segment as a file',
      description:
        'Everybody who is in it now, as CSV or as JSON Lines (one object per line). How many they are, and whom of them a post would reach, ' +
        'tells `audience-preview` with the audience `{"kind":"segment","segment":…}`. Cells of CSV that a spreadsheet would run as formulas are escaped. ' +
        'Who viewed is a lower bound: people can hide read receipts.',
      access: { capability: 'send', on: 'session' },
      params: z.object({ sessionId: sessionIdSchema }),
      body: segmentExportBodySchema,
      response: { status: 200, raw: ['text/csv', 'application/jsonl'] },
      errors: ['not_found'],
      handler: async ({ principal, params: { sessionId }, body: { segment, format }, request, reply }) => {
        const { contentType, textOf } = segmentFiles[format];
        const pages = await exports.everybody(principal, sessionId, segment, request.signal);
        reply.header('content-disposition', `attachment; filename="segment-${sessionId}.${format}"`);
        return reply.raw(contentType, Readable.from(textOf(pages)));
      },
    }),
  ];
}

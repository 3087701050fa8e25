import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { sendStatusBodySchema } from '../../../server/contract/statuses.js';
import { templateSchema } from '../../../server/contract/planning/templates.js';
import type {
  Template,
  changeTemplateBodySchema,
  createTemplateBodySchema,
} from '../../../server/contract/planning/templates.js';
import { newIdempotencyKey, requestDone, requestOne, requestPage } from '../lib/api-client.js';
import { linkChoiceOf } from '../draft/draft-links.js';
import { emptyDraft } from '../draft/draft.js';
import type { Draft, DraftFile } from '../draft/draft.js';

/** The most templates one screen shows. */
const listLimit = 500;

export const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: ({ signal }) => requestPage(templateSchema, '/templates', { query: { limit: listLimit }, signal }),
});

function templatePath(templateId: string): string {
  return `/templates/${encodeURIComponent(templateId)}`;
}

export function useCreateTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: z.input<typeof createTemplateBodySchema>) =>
      requestOne(templateSchema, '/templates', { method: 'POST', body, idempotencyKey: newIdempotencyKey() }),
    onSuccess: () => client.invalidateQueries({ queryKey: templatesQuery.queryKey }),
  });
}

export function useChangeTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string } & z.input<typeof changeTemplateBodySchema>) =>
      requestOne(templateSchema, templatePath(id), { method: 'PATCH', body }),
    onSuccess: () => client.invalidateQueries({ queryKey: templatesQuery.queryKey }),
  });
}

export function useDeleteTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => requestDone(templatePath(id), { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: templatesQuery.queryKey }),
  });
}

/** What a template posts; null when this page does not know its shape. */
export function statusOf(template: Template): z.infer<typeof sendStatusBodySchema> | null {
  const parsed = sendStatusBodySchema.safeParse(template.status);
  return parsed.success ? parsed.data : null;
}

/** The name of the uploaded file that a template shows; null when it shows none. */
export function filenameOf(template: Template): string | null {
  const status = statusOf(template);
  if (status === null || status.type === 'text' || status.type === 'url') return null;
  return status.content.includes('/') ? null : status.content;
}

/** A draft that shows what a template shows. `file` is the one that it names, once it is known. */
export function draftOfTemplate(template: Template, file: DraftFile | null): Draft {
  const status = statusOf(template);
  if (status === null) return emptyDraft;
  const style = 'style' in status ? { ...status.style } : {};
  const { backgroundColor = emptyDraft.backgroundColor } = style;
  const font = 'font' in style && style.font !== undefined ? style.font : emptyDraft.font;
  const isFile = status.type !== 'text' && status.type !== 'url';
  return {
    ...emptyDraft,
    type: status.type,
    text: status.type === 'text' ? status.content : '',
    link: status.type === 'url' ? status.content : '',
    caption: 'caption' in status ? (status.caption ?? '') : '',
    files: isFile && file !== null ? { [status.type]: file } : {},
    backgroundColor,
    font,
    ...linkChoiceOf(status),
  };
}

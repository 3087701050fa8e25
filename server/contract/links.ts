import { z } from 'zod';
import { notBlank } from './values/written-forms.js';

/** Blanks, and marks that no eye sees and that chat programs leave around what is copied out of them. */
const around =
  /^[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]+|[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]+$/g;

/** A web address that a status can show; what is written without `https://` gets it. */
export const linkSchema = z
  .string()
  .max(2_000)
  .transform((written, context) => {
    const link = linkOf(written.replaceAll(around, ''));
    if (link !== undefined) return link;
    context.addIssue({ code: 'custom', message: 'Give a web address such as https://example.com/offer.' });
    return z.NEVER;
  })
  .meta({
    pattern: notBlank,
    description: 'A web address; `https://` is added where it is missing.',
    example: 'https://example.com/offer',
  });

/** What a link shows of the page behind it. */
export const linkPreviewSchema = z
  .object({
    title: z.string(),
    description: z.string().nullable(),
    thumbnail: z.string().nullable().meta({ description: 'A small JPEG as a data URL.' }),
  })
  .meta({ id: 'LinkPreviewShown' });
export type LinkPreview = z.infer<typeof linkPreviewSchema>;

/** Body of `POST /api/link-preview`. */
export const linkPreviewBodySchema = z.strictObject({ url: linkSchema }).meta({ id: 'LinkPreviewBody' });

export const linkPreviewAnswerSchema = z
  .object({
    url: z.string(),
    preview: linkPreviewSchema.nullable().meta({ description: 'null: the link is posted without one.' }),
    reason: z.string().nullable().meta({ description: 'Why there is no preview, in a sentence.' }),
  })
  .meta({ id: 'LinkPreviewAnswer' });
export type LinkPreviewAnswer = z.infer<typeof linkPreviewAnswerSchema>;

function linkOf(text: string): string | undefined {
  const address = /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/?#]*:\d+([/?#]|$)/.test(text) ? text : `https://${text}`;
  if (/\s/.test(text) || !URL.canParse(address)) return undefined;
  const { protocol, hostname, username, password } = new URL(address);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && (hostname.includes('.') || hostname.startsWith('[')) && username === '' && password === ''
    ? address
    : undefined;
}

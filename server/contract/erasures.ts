import { z } from 'zod';
import { timestampSchema, ulidSchema } from './ids.js';
import { maxWrittenLength, readPhoneNumber } from './values/phone-numbers.js';
import { writtenNumber } from './values/written-forms.js';

/** What is kept of somebody, each in rows of its own. */
export const erasedKinds = [
  'accounts',
  'contacts',
  'chats',
  'statusPrivacy',
  'recipients',
  'views',
  'replies',
  'sentMessages',
  'pendingReceipts',
  'lists',
  'tags',
  'devices',
  'keys',
  'events',
  'keptAnswers',
] as const;
export type ErasedKind = (typeof erasedKinds)[number];

const writtenLid = '[0-9]{1,20}@lid';
const orLid = 'Or give a LID as it stands in lists, with `@lid` behind its digits.';

/** Somebody by phone number, or by LID where that is all that is known of them. */
export const personParamsSchema = z.object({
  phoneNumber: z
    .string()
    .max(maxWrittenLength, 'This is too long to be a phone number.')
    .transform((written, context): { phoneNumber: string; lid: null } | { phoneNumber: null; lid: string } => {
      if (new RegExp(`^${writtenLid}$`).test(written)) return { phoneNumber: null, lid: written.replace('@lid', '') };
      const { digits, problem } = readPhoneNumber(written);
      if (digits !== undefined) return { phoneNumber: digits, lid: null };
      context.addIssue({ code: 'custom', message: `${problem} ${orLid}` });
      return z.NEVER;
    })
    .meta({
      pattern: `${writtenNumber.pattern}|^${writtenLid}$`,
      description:
        'The phone number, however it is written; or, for somebody of whom only the LID is known, that with `@lid`.',
      example: '491701234567',
    }),
});
export type NamedPerson = z.infer<typeof personParamsSchema>['phoneNumber'];

const flag = z.enum(['true', 'false']).default('false');

export const erasePersonQuerySchema = z.object({
  optOut: flag.meta({
    description:
      '`true` keeps the number, and nothing else, among the opt-outs of the organization: no account posts to it again, ' +
      'whatever is imported later. Opt-outs that are there stay in any case.',
  }),
  force: flag.meta({
    description:
      '`true` erases also while a post is on its way to the person or is being taken back from them: what has not reached them by ' +
      'then is not done.',
  }),
});
export type ErasePersonQuery = z.infer<typeof erasePersonQuerySchema>;

const rowsSchema = z.number().int().nonnegative();

export const erasureIdSchema = ulidSchema('This is not the id of an erasure.').meta({
  example: '01J9ZX8K2QHV0M3T6R7P4N5W8C',
});

export const erasureSchema = z
  .object({
    id: erasureIdSchema,
    requestedAt: timestampSchema,
    requestedBy: z.string().meta({ example: 'root' }),
    finishedAt: timestampSchema.nullable().meta({
      description:
        'null while it is under way. What the end of the server cuts short is finished after its next start.',
    }),
    isOptedOut: z.boolean().meta({ description: 'The number was put, by this, among the opt-outs.' }),
    went: z
      .object(
        Object.fromEntries(erasedKinds.map((kind) => [kind, rowsSchema])) as Record<ErasedKind, typeof rowsSchema>,
      )
      .meta({
        description:
          'How many rows went. `accounts`: as how many accounts knew the person. Of `events` and `keptAnswers`, in which others ' +
          'may stand as well, those from which the person was taken out.',
      }),
  })
  .meta({
    id: 'Erasure',
    description: 'That somebody was erased, and how much of them there was. Who it was is not in it, and is not kept.',
  });
export type Erasure = z.infer<typeof erasureSchema>;

import { z } from 'zod';
import { pageQuerySchema } from './envelope.js';
import { audienceIdSchema, knownLidSchema, knownNumberSchema, sessionIdSchema, timestampSchema } from './ids.js';
import { personFieldsSchema, tagSchema } from './person-fields.js';
import { segmentSchema } from './segments.js';
import { phoneNumberSchema, phoneNumbersSchema } from './values/phone-numbers.js';
import { nameSchema } from './values/names.js';

/** The most people one post, and one list, may have. */
export const maxAudienceSize = 50_000;

const numbersSchema = phoneNumbersSchema(maxAudienceSize);
const someNumbersSchema = phoneNumbersSchema(maxAudienceSize, 1);

/** Those who are left out of an audience. */
export const exceptSchema = z
  .strictObject({
    numbers: numbersSchema.optional(),
    listIds: z.array(audienceIdSchema).max(20).optional(),
    tags: z.array(tagSchema).max(20).optional(),
  })
  .meta({ id: 'AudienceExcept' });

const common = {
  except: exceptSchema.optional(),
  storyPrivacy: z
    .enum(['apply', 'ignore'])
    .default('apply')
    .meta({ description: 'Whether the status privacy that is set on the phone leaves people out.' }),
};

/** Whom a status is for. */
export const audienceSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('self') }),
    z.strictObject({
      kind: z.literal('numbers'),
      numbers: someNumbersSchema,
      ...common,
    }),
    z.strictObject({ kind: z.literal('contacts'), ...common }),
    z.strictObject({ kind: z.literal('list'), listId: audienceIdSchema, ...common }),
    z.strictObject({ kind: z.literal('segment'), segment: segmentSchema, ...common }),
  ])
  .meta({ id: 'Audience' });
export type Audience = z.infer<typeof audienceSchema>;

export const audienceListSchema = z
  .object({
    id: audienceIdSchema,
    organizationId: z.string(),
    name: z.string(),
    memberCount: z.number().int(),
    createdBy: z.string(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'AudienceList' });
export type AudienceList = z.infer<typeof audienceListSchema>;

export const audienceNameBodySchema = z
  .strictObject({ name: nameSchema(100, 'Give the list a name.') })
  .meta({ id: 'AudienceNameBody' });

export const maxNameLength = 200;
export const maxTags = 20;
const newMemberSchema = z.strictObject({
  phoneNumber: phoneNumberSchema,
  name: z.string().max(maxNameLength).trim().optional(),
  tags: z.array(tagSchema).max(maxTags).optional(),
  fields: personFieldsSchema.optional(),
});
export type NewMember = z.infer<typeof newMemberSchema>;
export const addMembersBodySchema = z
  .strictObject({ members: z.array(newMemberSchema).min(1).max(maxAudienceSize) })
  .meta({ id: 'AddMembersBody' });
export const removeMembersBodySchema = z.strictObject({ numbers: someNumbersSchema }).meta({ id: 'RemoveMembersBody' });
export const membersChangedSchema = z
  .object({ changed: z.number().int(), memberCount: z.number().int() })
  .meta({ id: 'MembersChanged' });

export const memberSchema = z
  .object({
    phoneNumber: knownNumberSchema,
    name: z.string().nullable(),
    tags: z.array(z.string()),
    fields: personFieldsSchema,
    addedAt: timestampSchema,
  })
  .meta({ id: 'AudienceMember' });
export type Member = z.infer<typeof memberSchema>;

export const optOutBodySchema = z
  .strictObject({ phoneNumber: phoneNumberSchema, sessionId: sessionIdSchema.optional() })
  .meta({ id: 'OptOutBody' });
/** Body of `POST /api/opt-outs/add-people`. */
export const optOutPeopleBodySchema = z
  .strictObject({ numbers: someNumbersSchema, sessionId: sessionIdSchema.optional() })
  .meta({ id: 'OptOutPeopleBody' });
export const optedOutSchema = z.object({ changed: z.number().int() }).meta({ id: 'OptedOut' });
export const optOutSchema = z
  .object({ phoneNumber: knownNumberSchema, sessionId: z.string().nullable(), createdAt: timestampSchema })
  .meta({ id: 'OptOut' });
export type OptOut = z.infer<typeof optOutSchema>;

export const listMembersQuerySchema = pageQuerySchema.extend({
  search: z.string().max(100).trim().optional().meta({ description: 'Part of a name or number.' }),
});
export type ListMembersQuery = z.infer<typeof listMembersQuerySchema>;

export const tagCountSchema = z.object({ tag: z.string(), peopleCount: z.number().int() }).meta({ id: 'Tag' });
export type Tag = z.infer<typeof tagCountSchema>;
export const addTagBodySchema = z
  .strictObject({ tag: tagSchema, numbers: someNumbersSchema })
  .meta({ id: 'AddTagBody' });
export const removeTagBodySchema = z
  .strictObject({ tag: tagSchema, numbers: someNumbersSchema.optional() })
  .meta({ id: 'RemoveTagBody' });
export const tagChangedSchema = z
  .object({ changed: z.number().int(), peopleCount: z.number().int() })
  .meta({ id: 'TagChanged' });
export type TagChanged = z.infer<typeof tagChangedSchema>;

export const exclusionReasons = [
  'own_account',
  'excepted',
  'opted_out',
  'story_privacy_denied',
  'story_privacy_not_allowed',
  'story_privacy_unknown',
  'opt_out_unknown',
  'exception_unknown',
] as const;
export type ExclusionReason = (typeof exclusionReasons)[number];
const previewPersonSchema = z.object({
  phoneNumber: knownNumberSchema.nullable(),
  lid: knownLidSchema.nullable(),
  name: z.string().nullable(),
  lastViewedAt: timestampSchema.nullable(),
});
export const audiencePreviewSchema = z
  .object({
    counts: z.object({ included: z.number().int(), excluded: z.number().int() }),
    included: z.array(previewPersonSchema).meta({ description: 'The first of them, in the order of sending.' }),
    excluded: z
      .array(previewPersonSchema.extend({ reason: z.enum(exclusionReasons), message: z.string() }))
      .meta({ description: 'The first of them.' }),
    excludedByReason: z.array(
      z.object({ reason: z.enum(exclusionReasons), count: z.number().int(), message: z.string() }),
    ),
    estimatedSeconds: z.number().int().meta({ description: 'From the start of the post to its end.' }),
    startsAt: timestampSchema.nullable().meta({ description: 'null: it could start now.' }),
    note: z
      .object({ code: z.enum(['story_privacy_unknown']), message: z.string() })
      .nullable()
      .meta({
        description:
          '`story_privacy_unknown`: the status privacy of the phone counts, and WhatsApp has not said yet whom it hides statuses from. Nobody is left out for it here; no post leaves before it is known.',
      }),
  })
  .meta({ id: 'AudiencePreview' });
export type AudiencePreview = z.infer<typeof audiencePreviewSchema>;

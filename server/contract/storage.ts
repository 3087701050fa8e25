import { z } from 'zod';
import { sessionIdSchema } from './ids.js';

/** What an account has stored, each in tables of its own. */
export const storageKinds = [
  'statuses',
  'recipients',
  'views',
  'activity',
  'viewerTotals',
  'people',
  'contacts',
  'chats',
  'keys',
  'sentMessages',
  'devices',
  'pendingReceipts',
  'links',
  'clicks',
  'clickMarks',
  'replies',
  'answers',
] as const;
export type StorageKind = (typeof storageKinds)[number];

const rowsSchema = z.number().int().nonnegative();
const bytesSchema = z.number().int().nonnegative();

const storedSchema = z.object({ rows: rowsSchema, bytes: bytesSchema }).meta({ id: 'StoredRows' });

export const sessionStorageSchema = z
  .object({
    sessionId: sessionIdSchema,
    sessionName: z.string(),
    database: z
      .object({
        rows: rowsSchema,
        bytes: bytesSchema,
        kinds: z.object(
          Object.fromEntries(storageKinds.map((kind) => [kind, storedSchema])) as Record<
            StorageKind,
            typeof storedSchema
          >,
        ),
      })
      .meta({
        description:
          'Rows are counted, except for those of recipients and views, of which there can be millions: they are what the counters of the ' +
          'statuses say. Bytes are estimated: the rows, times what up to 100 of them hold on average. What indexes take, and room ' +
          'that the database keeps free, is not in it.',
      }),
    uploads: z.object({ rows: rowsSchema, bytes: bytesSchema }).meta({
      description:
        'Files that were uploaded for the session or that it shows, with their thumbnails, in bytes on the disk. A file that several ' +
        'sessions show counts for each.',
    }),
    replyFiles: z.object({ rows: rowsSchema, bytes: bytesSchema }).meta({
      description: 'Files that came with replies to its statuses, in bytes on the disk.',
    }),
  })
  .meta({ id: 'SessionStorage' });
export type SessionStorage = z.infer<typeof sessionStorageSchema>;

/** What an organization has stored beside what its accounts have. */
export const organizationStorageKinds = [
  'events',
  'keptAnswers',
  'erasures',
  'listMembers',
  'tags',
  'optOuts',
  'templates',
  'drafts',
  'broadcasts',
] as const;
export type OrganizationStorageKind = (typeof organizationStorageKinds)[number];

/** What is forgotten by its age. */
export const agingKinds = [
  'posts',
  'viewers',
  'replies',
  'replyFiles',
  'events',
  'unknownReceipts',
  'erasures',
  'unusedFiles',
] as const;
export type AgingKind = (typeof agingKinds)[number];

export const organizationStorageSchema = z
  .object({
    database: z
      .object(
        Object.fromEntries(organizationStorageKinds.map((kind) => [kind, storedSchema])) as Record<
          OrganizationStorageKind,
          typeof storedSchema
        >,
      )
      .meta({
        description: 'What belongs to no single account, by kind: rows that are counted, and bytes that are estimated.',
      }),
    files: storedSchema.describe('All files of the library, with their thumbnails, in bytes on the disk.'),
    filesOfNoSession: storedSchema.describe(
      'Those of them that are in no account’s storage: uploaded for none, and shown by none.',
    ),
    keptDays: z
      .object(
        Object.fromEntries(agingKinds.map((kind) => [kind, z.number().nullable()])) as Record<
          AgingKind,
          z.ZodNullable<z.ZodNumber>
        >,
      )
      .meta({ description: 'How long each kind is kept, in days, by the settings of the server; null: for ever.' }),
  })
  .meta({ id: 'OrganizationStorage' });
export type OrganizationStorage = z.infer<typeof organizationStorageSchema>;

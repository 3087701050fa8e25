import { z } from 'zod';
import { memberSchema } from './audiences.js';
import { quoted } from './values/quoted.js';
import { variableNameSchema } from './variables.js';
import { knownNumberSchema } from './ids.js';

/** The most columns that a file may have. */
export const maxColumns = 200;
/** 50,000 rows with a number, a name, tags and fields take about 8 MB. */
export const maxImportBytes = 8 * 1024 * 1024;
/** So many bad cells and repeated lines are told one by one; all are counted. */
export const shownImportProblems = 100;

const uses = ['number', 'name', 'tags', 'field', 'skip'] as const;
const fieldWithName = /^field:/;

/** What a column is used as: one of {@link uses}, or `field:city`. */
const columnUseSchema = z.string().refine((use) => isUse(use), {
  error: ({ input }) =>
    `${quoted(String(input))} is no use of a column. Say number, name, tags, field, field:NAME or skip; a name has letters, digits, _ and -, at most 40.`,
});

function isUse(use: string): boolean {
  if (uses.some((known) => known === use)) return true;
  return fieldWithName.test(use) && variableNameSchema.safeParse(use.replace(fieldWithName, '')).success;
}

/** Query of `import` and `import-preview`: how the file is to be read. What is left out is found out. */
export const importQuerySchema = z.object({
  columns: z
    .string()
    .max(maxColumns * 50)
    .transform((text) => text.split(',').map((use) => use.trim()))
    .pipe(z.array(columnUseSchema).max(maxColumns))
    .optional()
    .meta({
      description:
        'What each column is used as, from the first on, separated by commas: `number`, `name`, `tags`, `field` (named by its heading), ' +
        '`field:NAME` or `skip`. Of several numbers of a person a mobile one counts, or else the first that can be read; several names are joined. ' +
        'Columns that are not named are skipped. ' +
        'Without it the columns are found by what is in them and by their headings: exports of Google Contacts, Outlook, HubSpot and ' +
        'spreadsheets are read as they are.',
      example: 'name,number,field:city,skip',
    }),
  hasHeadings: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: 'Whether the first line names the columns. Without it that is found out.' }),
});
export type ImportQuery = z.infer<typeof importQuerySchema>;

export const importBodySchema = z
  .strictObject({
    csv: z
      .string()
      .max(maxImportBytes, 'This file is too long. Split it.')
      .meta({ description: 'The text of a CSV file, with any separator.' }),
  })
  .meta({ id: 'ImportMembersBody' });

const badCellSchema = z
  .object({
    line: z.number().int().meta({ description: 'Where its row begins, counted from 1.' }),
    column: z.number().int().nullable().meta({ description: 'Counted from 1. null: the whole row.', example: 2 }),
    heading: z.string().nullable().meta({ example: 'Phone' }),
    value: z.string().meta({ description: 'At most 100 characters of it.', example: '12' }),
    reason: z.string().meta({ example: '"12" has 2 digits.' }),
    leftOut: z.enum(['person', 'cell']).meta({ description: 'What is not imported because of it.' }),
  })
  .meta({ id: 'BadCell' });
export type BadCell = z.infer<typeof badCellSchema>;

const problems = {
  badCount: z.number().int().meta({ description: 'Rows that are left out.' }),
  badCellCount: z.number().int().meta({ description: 'Cells that are left out of people who are imported.' }),
  bad: z.array(badCellSchema).meta({ description: `The first ${String(shownImportProblems)} of both.` }),
};

export const importReportSchema = z
  .object({
    added: z.number().int(),
    alreadyThere: z
      .number()
      .int()
      .meta({ description: 'Rows of people who were on the list already, or stood in the file before.' }),
    ...problems,
    memberCount: z.number().int(),
  })
  .meta({ id: 'ImportReport' });
export type ImportReport = z.infer<typeof importReportSchema>;

const importColumnSchema = z
  .object({
    column: z.number().int().meta({ description: 'Counted from 1.', example: 1 }),
    heading: z.string().nullable().meta({ example: 'Phone' }),
    use: z.enum(uses),
    field: z.string().nullable().meta({ description: 'The name of the field, for `field`.', example: 'city' }),
    samples: z
      .array(z.string())
      .meta({ example: ['+91 98123 45678'], description: 'The first three cells with something in them.' }),
  })
  .meta({ id: 'ImportColumn' });
export type ImportColumn = z.infer<typeof importColumnSchema>;

export const importPreviewSchema = z
  .object({
    separator: z.string().meta({ example: ';' }),
    hasHeadings: z.boolean(),
    columns: z.array(importColumnSchema),
    columnsAsQuery: z.string().meta({
      description: 'The same as `import` takes it in `columns`, to be changed and sent back.',
      example: 'name,number,field:city,skip',
    }),
    rowCount: z.number().int().meta({ description: 'Rows with something in them, without the headings.' }),
    peopleCount: z.number().int().meta({ description: 'Different people who can be imported.' }),
    newCount: z.number().int().meta({ description: 'Of these, who is not on the list yet.' }),
    duplicateCount: z.number().int().meta({ description: 'Rows of people who stood in the file before.' }),
    duplicates: z
      .array(z.object({ line: z.number().int(), firstLine: z.number().int(), phoneNumber: knownNumberSchema }))
      .meta({ description: `The first ${String(shownImportProblems)}.` }),
    ...problems,
    people: z
      .array(memberSchema.omit({ addedAt: true }))
      .meta({ description: 'The first ten, as they would be imported.' }),
  })
  .meta({ id: 'ImportPreview' });
export type ImportPreview = z.infer<typeof importPreviewSchema>;

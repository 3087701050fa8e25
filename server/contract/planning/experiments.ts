import { z } from 'zod';
import { sessionIdSchema, timestampSchema, ulidSchema } from '../ids.js';
import { experimentVersionSchema } from './plans.js';
import { seriesItemSchema } from './series.js';
import { namesPeopleOnce, newStatusFields, oneAudience, statusSchema } from '../statuses.js';

export const experimentIdSchema = ulidSchema('This is not the id of an A/B test.').meta({
  description: 'Id of an A/B test (ULID): `plan.experiment.id` of its two statuses.',
});

/** Body of `POST /api/sessions/:sessionId/experiments`. */
export const createExperimentBodySchema = z
  .strictObject({
    versions: z
      .array(seriesItemSchema)
      .min(2, 'An A/B test compares exactly two versions.')
      .max(2, 'An A/B test compares exactly two versions.')
      .meta({ description: 'Version A and version B.' }),
    ...newStatusFields,
  })
  .refine(namesPeopleOnce, oneAudience)
  .meta({
    id: 'CreateExperimentBody',
    description: 'One post in two versions, each for a random half of the same people.',
  });
export type CreateExperimentBody = z.infer<typeof createExperimentBodySchema>;

/** What is compared. */
export const comparedFacts = ['viewed', 'reacted', 'replied'] as const;
export type ComparedFact = (typeof comparedFacts)[number];

const shareSchema = z.object({
  people: z.number().int().meta({ description: 'How many did it.' }),
  of: z.number().int().meta({ description: 'How many got the version.' }),
  share: z.number().nullable().meta({ description: 'From 0 to 1; null while nobody got it.' }),
});

export const comparisonSchema = z
  .object({
    fact: z.enum(comparedFacts),
    a: shareSchema,
    b: shareSchema,
    difference: z.number().nullable().meta({ description: 'The share of B less that of A.' }),
    interval: z.object({ low: z.number(), high: z.number() }).nullable().meta({
      description:
        'Where the true difference lies in 95 of 100 such tests (Newcombe’s method, from the score intervals of Wilson).',
    }),
    verdict: z.enum(['a', 'b', 'open', 'too_early']).meta({
      description:
        'Which version does better; `open` where chance alone may make the difference, `too_early` while there is nothing to compare.',
    }),
    sentence: z.string().meta({ example: 'B was viewed by 3 to 9 people more of 100 than A.' }),
  })
  .meta({ id: 'ExperimentComparison' });
export type Comparison = z.infer<typeof comparisonSchema>;

export const experimentNoteSchema = z
  .object({
    code: z.enum(['lower_bound', 'young', 'not_out', 'taken_back', 'apart']).meta({
      description:
        '`lower_bound`: people can hide read receipts. `young`: a version is younger than 24 hours, and still viewed. `not_out`: a version is not out, or never will be. ' +
        '`taken_back`: a version was deleted, and viewed no more since. `apart`: the versions went out at different times.',
    }),
    message: z.string().meta({ example: 'People who hide read receipts are never known to have viewed.' }),
  })
  .meta({ id: 'ExperimentNote' });
export type ExperimentNote = z.infer<typeof experimentNoteSchema>;

export const experimentSchema = z
  .object({
    id: experimentIdSchema,
    sessionId: sessionIdSchema,
    createdAt: timestampSchema,
    versions: z
      .array(z.object({ version: experimentVersionSchema, status: statusSchema }))
      .meta({ description: 'A and B; one that was forgotten, since it never left, is missing.' }),
    comparisons: z.array(comparisonSchema),
    notes: z.array(experimentNoteSchema),
  })
  .meta({ id: 'Experiment' });
export type Experiment = z.infer<typeof experimentSchema>;

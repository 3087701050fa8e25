import type { Principal } from '../access/principal.js';
import { exclusionInWords, type AudiencesService, type ResolvedAudience } from '../audiences/audiences-service.js';
import type { Candidate } from '../audiences/candidate.js';
import { requireVisibleSegment } from '../audiences/segments.js';
import type { Audience } from '../contract/audiences.js';
import type { Session } from '../contract/sessions.js';
import type { SendStatusBody, StatusAudience } from '../contract/statuses.js';
import { AppError, notFound } from '../lib/app-error.js';
import { numberKey } from '../lib/number-forms.js';

/** Whom a request names. Only the own number, or nobody, means the own account. */
export function audienceOf(
  session: Pick<Session, 'ownNumber'>,
  body: Pick<SendStatusBody, 'audience' | 'targetNumbers'>,
): Audience {
  if (body.audience) return body.audience;
  const own = session.ownNumber === null ? null : numberKey(session.ownNumber);
  const numbers = (body.targetNumbers ?? []).filter((number) => numberKey(number) !== own);
  return numbers.length === 0 ? { kind: 'self' } : { kind: 'numbers', numbers, storyPrivacy: 'apply' };
}

/**
 * Lists and tags belong to the organization, and so are nothing to the key of one session: it would read from the answer who
 * is on them. Throws `not_found` for such a key, before anything tells whether there is such a list or tag.
 */
export function requireVisibleAudience(principal: Principal, audience: Audience | undefined): void {
  if (principal.sessionId === null || audience === undefined || audience.kind === 'self') return;
  const { except } = audience;
  const isList = audience.kind === 'list' || (except?.listIds ?? []).length > 0;
  const isTag = (except?.tags ?? []).length > 0;
  if (isList || isTag) throw notFound(isList ? 'The list' : 'The tag');
  if (audience.kind === 'segment') requireVisibleSegment(principal, audience.segment);
}

/** Who is meant. Throws `empty_audience` when nobody is left besides the own account and that was not asked for. */
export async function resolveChosen(
  audiences: Pick<AudiencesService, 'resolve'>,
  session: Session,
  audience: Audience,
): Promise<ResolvedAudience> {
  const resolved = await audiences.resolve(session, audience);
  if (audience.kind === 'self' || recipientsOf(resolved).length > 0) return resolved;
  const { excluded } = resolved;
  const why = excluded[0] ? ` ${exclusionInWords(excluded[0].reason)}` : '';
  throw new AppError('empty_audience', `Nobody would get this besides the own account.${why}`, {
    details: { excluded: excluded.length },
  });
}

/** Those a post is kept for: also those of whom only the post itself finds out whether they are left out. */
export function recipientsOf({ included, undecided }: ResolvedAudience): Candidate[] {
  return [...included, ...undecided.map(({ person }) => person)];
}

/** How many may have to be written down anew. */
export function countStrangers(chosen: readonly Candidate[]): number {
  return chosen.filter(({ personId }) => personId === null).length;
}

/** The choice as it is kept with a status; the people themselves are its recipients. */
export function snapshotOf(audience: Audience, { excluded }: ResolvedAudience): StatusAudience {
  const snapshot: StatusAudience = { kind: audience.kind, excluded: excluded.length };
  if (audience.kind === 'self') return snapshot;
  const { except, storyPrivacy } = audience;
  return {
    ...snapshot,
    storyPrivacy,
    ...(audience.kind === 'list' && { listId: audience.listId }),
    ...(audience.kind === 'segment' && { segment: audience.segment }),
    ...(except && {
      except: {
        numbers: except.numbers?.length ?? 0,
        listIds: except.listIds ?? [],
        tags: except.tags ?? [],
      },
    }),
  };
}

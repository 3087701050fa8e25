import { exclusionInWords, type AudiencesService, type ResolvedAudience } from '../audiences/audiences-service.js';
import type { Candidate } from '../audiences/candidate.js';
import type { Principal } from '../access/principal.js';
import type { SendStatusBody } from '../contract/statuses.js';
import type { AudiencePreview, ExclusionReason } from '../contract/audiences.js';
import { timestampOrNull } from '../lib/timestamp.js';
import type { PaceService } from '../pace/pace-service.js';
import { audienceOf, requireVisibleAudience } from '../statuses/chosen-audience.js';
import type { SessionsOfStatuses } from '../statuses/accepting-service.js';
import type { StatusesService } from '../statuses/statuses-service.js';

type Named = Pick<SendStatusBody, 'audience' | 'targetNumbers'>;

const shownPeople = 50;
/** For a session that has not posted to anybody yet: connecting to everyone's devices is most of it. */
const usualMsPerPerson = 5;
const baseMs = 2_000;
const storyPrivacyUnknown = {
  code: 'story_privacy_unknown' as const,
  message:
    'WhatsApp has not said yet from whom the phone of this account hides its statuses, so nobody is left out for it here. It is asked whenever the account connects; no post leaves before it is known, unless `storyPrivacy` is “ignore”.',
};

/** Who would get a post, who would not and why, and how long it would take. Nothing is sent or changed. */
export class AudiencePreviews {
  constructor(
    private readonly sessions: SessionsOfStatuses,
    private readonly audiences: AudiencesService,
    private readonly statuses: Pick<StatusesService, 'recentMsPerPerson'>,
    private readonly pace: Pick<PaceService, 'get'>,
  ) {}

  async preview(principal: Principal, sessionId: string, body: Named): Promise<AudiencePreview> {
    const session = await this.sessions.get(principal, sessionId);
    requireVisibleAudience(principal, body.audience);
    const resolved = await this.audiences.resolve(session, audienceOf(session, body));
    const { included, undecided, excluded: out, isPhoneListMissing } = resolved;
    const excluded = [...undecided, ...out];
    const msPerPerson = (await this.statuses.recentMsPerPerson(sessionId)) ?? usualMsPerPerson;
    const { nextPostAt } = await this.pace.get(sessionId);
    return {
      counts: { included: included.length, excluded: excluded.length },
      included: included.slice(0, shownPeople).map(publicCandidate),
      excluded: excluded
        .slice(0, shownPeople)
        .map(({ person, reason }) => ({ ...publicCandidate(person), reason, message: exclusionInWords(reason) })),
      excludedByReason: byReason(excluded),
      estimatedSeconds: Math.ceil((baseMs + included.length * msPerPerson) / 1000),
      startsAt: nextPostAt,
      note: isPhoneListMissing ? storyPrivacyUnknown : null,
    };
  }
}

function byReason(excluded: ResolvedAudience['excluded']): AudiencePreview['excludedByReason'] {
  const counts = new Map<ExclusionReason, number>();
  for (const { reason } of excluded) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => ({ reason, count, message: exclusionInWords(reason) }));
}

function publicCandidate({ phoneNumber, lid, name, lastViewedAt }: Candidate): AudiencePreview['included'][number] {
  return { phoneNumber, lid, name, lastViewedAt: timestampOrNull(lastViewedAt) };
}

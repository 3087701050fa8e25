import type { Principal } from '../access/principal.js';
import { segmentPersonSchema, type Segment, type SegmentPerson } from '../contract/segments.js';
import { forCaller } from '../lib/caller-scope.js';
import { recordFiles } from '../lib/csv/record-files.js';
import { timestampOrNull } from '../lib/timestamp.js';
import type { CandidatesReportStore } from './candidates-report-store.js';
import { requireVisibleSegment, type Segments } from './segments.js';

/** The forms in which the people of a segment come as a file; the columns of CSV are the fields of a person. */
export const segmentFiles = recordFiles(segmentPersonSchema.keyof().options);

/** Bounds how long the event loop is held, and what is kept in memory. */
const filePage = 1_000;

/** The people of a segment, to be kept elsewhere. */
export class SegmentExports {
  constructor(
    private readonly segments: Pick<Segments, 'people'>,
    private readonly candidates: Pick<CandidatesReportStore, 'candidatesOf'>,
    private readonly getSession: (principal: Principal, sessionId: string) => Promise<{ organizationId: string }>,
  ) {}

  /**
   * Everybody in it as they are now, a page after the other as they are asked for; nothing more is read once `gone` is aborted.
   * Throws `not_found` for a session, a list or a tag that the principal may not see.
   */
  async everybody(
    principal: Principal,
    sessionId: string,
    segment: Segment,
    gone: AbortSignal,
  ): Promise<AsyncIterable<SegmentPerson[]>> {
    const { organizationId } = await this.getSession(principal, sessionId);
    requireVisibleSegment(principal, segment);
    const people = await forCaller(gone, () => this.segments.people({ organizationId, sessionId }, segment));
    const { candidates } = this;
    return (async function* () {
      for (let from = 0; from < people.length; from += filePage) {
        const page = people.slice(from, from + filePage);
        const known = await forCaller(gone, () => candidates.candidatesOf(sessionId, page));
        yield known.map(({ phoneNumber, lid, name, lastViewedAt }) => ({
          number: phoneNumber,
          lid,
          name,
          lastViewedAt: timestampOrNull(lastViewedAt),
        }));
      }
    })();
  }
}

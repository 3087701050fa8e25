import type { Principal } from '../access/principal.js';
import type { Audience } from '../contract/audiences.js';
import type { RepostStatusBody, Status } from '../contract/statuses.js';
import type { Kept } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import { notKeptWho } from './forgotten-people.js';
import type { RecipientsStore } from './recipients-store.js';
import { linkFieldsOf } from './status-links.js';
import type { PostContent, StatusContents } from './status-contents.js';
import { isSettled, type StatusRecord } from './status.js';
import type { AcceptingService, SendOptions } from './accepting-service.js';
import type { StatusesService } from './statuses-service.js';

/** Past statuses posted again, as new ones. */
export class RepostsService {
  constructor(
    private readonly statuses: Pick<StatusesService, 'getRecord'>,
    private readonly accepting: Pick<AcceptingService, 'sendContents'>,
    private readonly contents: Pick<StatusContents, 'contentOf'>,
    private readonly recipients: Pick<RecipientsStore, 'listAddresses'>,
  ) {}

  /**
   * Accepts a new status that shows what a past one showed, for the people chosen then unless the body names others.
   * Throws `conflict` while the first is still to be posted, when its file is gone, and when it is not known any more whom
   * its choice left out; otherwise what sending throws.
   */
  async repost<K>(
    principal: Principal,
    { sessionId, statusId }: { sessionId: string; statusId: string },
    body: RepostStatusBody,
    options: SendOptions<K>,
  ): Promise<Kept<Status, K>> {
    const record = await this.statuses.getRecord(sessionId, statusId);
    if (!isSettled(record.state)) {
      throw new AppError('conflict', 'The status is still to be posted. Post it again when it is out.');
    }
    const isNamed = body.audience !== undefined || body.targetNumbers !== undefined;
    const post = {
      ...body,
      ...(!isNamed && { audience: await this.audienceOf(record) }),
      ...linkFieldsOf(record),
    };
    const contentsFor = async (): Promise<[PostContent]> => {
      const content = await this.contents.contentOf(record);
      if (!content)
        throw new AppError('conflict', 'The file of this status was deleted. Upload it again and post it anew.');
      return [content];
    };
    return this.accepting.sendContents(principal, sessionId, post, contentsFor, {
      ...options,
      plan: { repostOf: statusId, templateId: record.plan.templateId },
    });
  }

  private async audienceOf({ id, audience, plan, peopleForgottenAt }: StatusRecord): Promise<Audience> {
    if (plan.chosenAudience) return plan.chosenAudience;
    if (audience?.kind === 'self') return { kind: 'self' };
    const { storyPrivacy = 'apply', listId, segment, except } = audience ?? {};
    const { listIds = [], tags = [] } = except ?? {};
    const rest = { storyPrivacy, ...(except && { except: { listIds, tags } }) };
    if (audience === null || audience.kind === 'numbers') {
      if (peopleForgottenAt !== null) throw notKeptWho('Say in `audience` whom it is for now.');
      const numbers = (await this.recipients.listAddresses(id)).flatMap(({ phoneNumber }) => phoneNumber ?? []);
      return audience === null && numbers.length === 0 ? { kind: 'self' } : { kind: 'numbers', numbers, ...rest };
    }
    // Those who were left out by number must not get it now.
    if ((except?.numbers ?? 0) > 0) {
      const message = 'It is not known any more who was left out of this status. Say in `audience` whom it is for.';
      throw new AppError('conflict', message);
    }
    if (audience.kind === 'list' && listId !== undefined) return { kind: 'list', listId, ...rest };
    if (audience.kind === 'segment' && segment) return { kind: 'segment', segment, ...rest };
    return { kind: 'contacts', ...rest };
  }
}

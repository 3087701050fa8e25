import type { Tx } from '../../server/db/unit-of-work.js';
import { PostingService, type LeaveOuts } from '../../server/posting/posting-service.js';
import { TestLeaveOuts } from '../statuses/leave-outs.js';
import type { Services } from '../support/open-services.js';

type Below = Pick<Services, 'statuses' | 'steps' | 'outcomes' | 'unitOfWork'>;

/** Posting of sessions that this process has, unless the test says otherwise. */
export function postingOf(
  { statuses, steps, outcomes, unitOfWork }: Below,
  leaveOuts: LeaveOuts = new TestLeaveOuts(),
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean> = () => Promise.resolve(true),
): PostingService {
  return new PostingService({ statuses, steps, outcomes, unitOfWork, leaveOuts, isOurs });
}

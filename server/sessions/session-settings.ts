import type { CreateSessionBody } from '../contract/sessions.js';
import type { SessionRecord } from './session.js';

type Behaviour = Pick<
  Partial<CreateSessionBody>,
  'metadata' | 'autoRead' | 'presenceTyping' | 'ratePerMin' | 'ratePerHour'
>;

/** What of a session changes with this; what is left out stays. */
export function behaviourColumns(body: Behaviour): Partial<SessionRecord> {
  const changes: Partial<SessionRecord> = {};
  if (body.metadata !== undefined) changes.metadata = body.metadata;
  if (body.autoRead !== undefined) changes.autoRead = body.autoRead;
  if (body.presenceTyping !== undefined) changes.presenceTyping = body.presenceTyping;
  if (body.ratePerMin !== undefined) changes.ratePerMin = body.ratePerMin;
  if (body.ratePerHour !== undefined) changes.ratePerHour = body.ratePerHour;
  return changes;
}

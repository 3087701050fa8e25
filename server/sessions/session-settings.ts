import type { CreateSessionBody } from '../contract/sessions.js';
import type { Sealer } from '../lib/sealer.js';
import type { SessionRecord } from './session.js';

type Behaviour = Pick<
  Partial<CreateSessionBody>,
  'metadata' | 'webhook' | 'autoRead' | 'presenceTyping' | 'ratePerMin' | 'ratePerHour'
>;

/** What of a session changes with this; what is left out stays. The secret of a webhook is stored sealed. */
export function behaviourColumns(body: Behaviour, sealer: Sealer): Partial<SessionRecord> {
  const changes: Partial<SessionRecord> = {};
  if (body.metadata !== undefined) changes.metadata = body.metadata;
  if (body.autoRead !== undefined) changes.autoRead = body.autoRead;
  if (body.presenceTyping !== undefined) changes.presenceTyping = body.presenceTyping;
  if (body.ratePerMin !== undefined) changes.ratePerMin = body.ratePerMin;
  if (body.ratePerHour !== undefined) changes.ratePerHour = body.ratePerHour;
  if (body.webhook === null) changes.webhook = null;
  else if (body.webhook !== undefined) {
    const { url, events, secret } = body.webhook;
    changes.webhook = {
      url,
      events: events ?? null,
      sealedSecret: secret === undefined ? null : sealer.seal(secret),
    };
  }
  return changes;
}

import type { Database } from '../../server/db/database.js';
import { noPlan } from '../../server/statuses/plan.js';
import type { StatusReceipt } from '../../server/whatsapp/gateway.js';
import { iphone, linksWith } from '../clicks/open-clicks.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus } from '../support/open-services.js';
import type { History, Step } from './history.js';
import type { AnalyticsUnderTest } from './open-analytics.js';

const addressesOf = (person: number) => ({ phoneNumber: `4917000000${String(person)}`, lid: `9900${String(person)}` });

/** Lets an account live through a history. */
export async function tell(
  under: AnalyticsUnderTest,
  db: Database,
  sessionId: string,
  history: History,
): Promise<void> {
  await insertSession(db, sessionId);
  for (const { id, sentAt, type, audience, templateId } of history.statuses) {
    const plan = { ...noPlan, templateId };
    const links = linksWith(codesOf(id));
    const status = await insertSentStatus(under, id, {
      sessionId,
      sentAt,
      type,
      startedAt: sentAt,
      links,
      audience,
      plan,
    });
    await under.unitOfWork.run((tx) => under.clicks.onLinked(tx, status));
  }
  for (const step of history.steps) await tellOne(under, db, sessionId, step);
  // Only afterwards: whom a status is known to be for would keep others from being counted.
  for (const { id, targeted } of history.statuses) await db('statuses').where({ id }).update({ targeted });
}

async function tellOne(under: AnalyticsUnderTest, db: Database, sessionId: string, step: Step): Promise<void> {
  if (step.what === 'deleted') await db('statuses').where({ id: step.status }).delete();
  else if (step.what === 'pair') await under.people.recordPairs(sessionId, [addressesOf(step.person)]);
  else if (step.what === 'clicked') await click(under, sessionId, step);
  else await under.viewers.recordReceipts(sessionId, [receiptOf(step)]);
}

function receiptOf(step: Extract<Step, { what: 'told' | 'reacted' | 'replied' }>): StatusReceipt {
  const { phoneNumber, lid } = addressesOf(step.person);
  const person = step.byLid ? { phoneNumber: null, lid } : { phoneNumber, lid: null };
  const about = { messageId: `3EB0${step.status}`, person, at: new Date(step.at), viaChat: true as const };
  if (step.what === 'told') return { ...about, kind: step.kind };
  if (step.what === 'replied') return { ...about, kind: step.what };
  return { ...about, kind: 'reacted', reaction: { emoji: step.emoji, reactedAt: new Date(step.tapped) } };
}

/** Somebody opens a link at that time; until then the clock of the server is another. */
async function click(
  { clicks, clock }: AnalyticsUnderTest,
  sessionId: string,
  { status, device, link, at }: Extract<Step, { what: 'clicked' }>,
): Promise<void> {
  const code = codesOf(status)[link] ?? '';
  const now = clock.now().getTime();
  clock.advance(at - now);
  const visit = { method: 'GET', headers: { 'user-agent': iphone }, address: `203.0.113.${String(device)}` };
  clicks.opened({ code, target: 'x', statusId: status, sessionId, organizationId: 'default' }, visit);
  await clicks.drain();
  clock.advance(now - at);
}

function codesOf(status: string): [string, string] {
  return [`${status}a`, `${status}b`];
}

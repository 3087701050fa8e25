import { clicksFeature } from '../../server/clicks/clicks.feature.js';
import type { Database } from '../../server/db/database.js';
import type { Clock } from '../../server/lib/clock.js';
import type { StatusLinks } from '../../server/statuses/status-links.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import { coreOn } from '../support/core.js';
import { insertSentStatus, openServices } from '../support/open-services.js';

export const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1';
export const pixel = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120.0 Mobile Safari/537.36';

/** Clicks on a database, as one process has them. */
export function openClicks(db: Database, clock: Clock) {
  const services = openServices(db, clock);
  const core = { ...coreOn(db, clock), bus: services.bus, unitOfWork: services.unitOfWork };
  return { ...clicksFeature(core, services), services };
}

export type Clicks = ReturnType<typeof openClicks>;

/** Links of a status to `https://a.example/0` and so on, with these codes. */
export function linksWith(codes: readonly string[]): StatusLinks {
  const found = codes.map((code, position) => {
    const url = `https://a.example/${String(position)}`;
    return {
      field: 'content' as const,
      start: 0,
      end: 0,
      url,
      target: url,
      shown: `https://cast.example/l/${code}`,
      code,
    };
  });
  return { rule: { track: true, utm: {} }, found };
}

/** A status that is out, with tracked links. */
export async function insertLinked(
  { services, clicks }: Clicks,
  id: string,
  codes: readonly string[],
  changes: Partial<StatusRecord> = {},
): Promise<StatusRecord> {
  const of = { startedAt: 1, links: linksWith(codes), ...changes };
  const status = await insertSentStatus(services, id, of);
  await services.unitOfWork.run((tx) => clicks.onLinked(tx, status));
  return status;
}

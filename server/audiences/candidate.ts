import type { PersonAddress } from '../whatsapp/gateway.js';

/** A person who may get a status; `personId` when the session knows them. Times are epoch milliseconds. */
export interface Candidate extends PersonAddress {
  personId: string | null;
  name: string | null;
  lastViewedAt: number | null;
}

import type { AnalyticsNote } from '../contract/analytics/analytics.js';
import type { AnalyticsReportStore } from './analytics-report-store.js';
import type { Accounts } from './posts.js';

/** What one has to know beside the numbers. */
export class AnalyticsNotes {
  constructor(private readonly store: Pick<AnalyticsReportStore, 'troubles'>) {}

  async of(accounts: Accounts): Promise<AnalyticsNote[]> {
    const { hidingAccounts, uncounted } = await this.store.troubles(accounts);
    const notes: AnalyticsNote[] = [
      {
        code: 'lower_bound',
        message:
          'People who hide read receipts are never known to have viewed, unless they react or answer. Views, and every share of them, are at least so many.',
      },
    ];
    if (hidingAccounts > 0) {
      const who = accounts.sessionId === null ? `${String(hidingAccounts)} of these accounts` : 'The account itself';
      notes.push({
        code: 'read_receipts_off',
        message: `${who} ${accounts.sessionId === null && hidingAccounts > 1 ? 'hide' : 'hides'} read receipts, and WhatsApp tells no views then. Switch them on in the phone’s privacy settings.`,
      });
    }
    if (uncounted) {
      notes.push({
        code: 'still_counting',
        message:
          'What people did with older posts is being added up. Until then some of it is missing in hours and days; sums of posts have it.',
      });
    }
    return notes;
  }
}

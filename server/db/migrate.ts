import type { Knex } from 'knex';
import { engineOf } from './dialect.js';
import type { Migration } from './migration.js';
import { firstTables } from './migrations/0001-first-tables.js';
import { keyDetails } from './migrations/0002-key-details.js';
import { publishing } from './migrations/0003-publishing.js';
import { sessionSettings } from './migrations/0004-session-settings.js';
import { sessionLeases } from './migrations/0006-session-leases.js';
import { pace } from './migrations/0007-pace.js';
import { contacts } from './migrations/0009-contacts.js';
import { audiences } from './migrations/0010-audiences.js';
import { contactSearch } from './migrations/0011-contact-search.js';
import { eventOrigin } from './migrations/0012-event-origin.js';
import { recipientOrder } from './migrations/0013-recipient-order.js';
import { takingBack } from './migrations/0015-taking-back.js';
import { statusContent } from './migrations/0017-status-content.js';
import { uploads } from './migrations/0018-uploads.js';
import { plans } from './migrations/0020-plans.js';
import { schedules } from './migrations/0021-schedules.js';
import { broadcasts } from './migrations/0022-broadcasts.js';
import { repostOf } from './migrations/0025-repost-of.js';
import { drafts } from './migrations/0026-drafts.js';
import { calendar } from './migrations/0027-calendar.js';
import { takenBack } from './migrations/0028-taken-back.js';
import { timeZoneNames } from './migrations/0030-time-zone-names.js';
import { accountForms } from './migrations/0032-account-forms.js';
import { incomingUploads } from './migrations/0034-incoming-uploads.js';
import { statusNotes } from './migrations/0036-status-notes.js';
import { memberFields } from './migrations/0037-member-fields.js';
import { idempotencyHolders } from './migrations/0038-idempotency-holders.js';
import { signIns } from './migrations/0040-sign-ins.js';
import { verifiedNames } from './migrations/0042-verified-names.js';
import { broadcastTries } from './migrations/0046-broadcast-tries.js';
import { databaseChecks } from './migrations/0047-database-checks.js';
import { growthIndexes } from './migrations/0048-growth-indexes.js';
import { viewersPlaces } from './migrations/0049-viewers-places.js';
import { answersOfOrganizations } from './migrations/0050-answers-of-organizations.js';
import { unsentPosts } from './migrations/0051-unsent-posts.js';
import { reactions } from './migrations/0052-reactions.js';
import { replies } from './migrations/0053-replies.js';
import { answers } from './migrations/0054-answers.js';
import { statusActivity } from './migrations/0055-status-activity.js';
import { viewerTotals } from './migrations/0056-viewer-totals.js';
import { forgetting } from './migrations/0057-forgetting.js';
import { clicks } from './migrations/0058-clicks.js';
import { experiments } from './migrations/0066-experiments.js';
import { replyFiles } from './migrations/0067-reply-files.js';
import { answersOverTime } from './migrations/0068-answers-over-time.js';
import { templatesOfPosts } from './migrations/0069-templates-of-posts.js';
import { oldReplies } from './migrations/0070-old-replies.js';
import { postedTo } from './migrations/0071-posted-to.js';

/** Every migration, oldest first. A list in code: nothing is read from a folder at run time. */
export const migrations: readonly Migration[] = [
  firstTables,
  keyDetails,
  publishing,
  sessionSettings,
  sessionLeases,
  pace,
  contacts,
  audiences,
  contactSearch,
  eventOrigin,
  recipientOrder,
  takingBack,
  statusContent,
  uploads,
  plans,
  schedules,
  broadcasts,
  repostOf,
  drafts,
  calendar,
  takenBack,
  timeZoneNames,
  accountForms,
  incomingUploads,
  statusNotes,
  memberFields,
  idempotencyHolders,
  signIns,
  verifiedNames,
  broadcastTries,
  databaseChecks,
  growthIndexes,
  viewersPlaces,
  answersOfOrganizations,
  unsentPosts,
  reactions,
  replies,
  answers,
  statusActivity,
  viewerTotals,
  forgetting,
  clicks,
  experiments,
  replyFiles,
  answersOverTime,
  templatesOfPosts,
  oldReplies,
  postedTo,
];

/** Any number that no other program uses as an advisory lock in the same PostgreSQL database. */
const advisoryLockKey = 5_306_137;

/**
 * Brings the tables up to date, all in one transaction, and says whether there were none before. Several processes may start
 * at once; one migrates and the others wait for it. One connection does it all, so that a pooler may lend it for that time.
 */
export async function migrateToLatest(db: Knex, list: readonly Migration[] = migrations): Promise<boolean> {
  // On SQLite the transaction has the file to itself from its beginning.
  return db.transaction(async (trx) => {
    if (engineOf(db) === 'postgres') await trx.raw('select pg_advisory_xact_lock(?)', [advisoryLockKey]);
    const config = { migrationSource: sourceOf(list) };
    const isNew = (await trx.migrate.currentVersion(config)) === 'none';
    // A process that was killed while it migrated leaves Knex's own lock behind. Whoever comes here is alone.
    await trx.migrate.forceFreeMigrationsLock(config);
    await trx.migrate.latest(config);
    return isNew;
  });
}

/** Takes back every migration of the list, newest first. For tests of the migrations. */
export async function rollbackAll(db: Knex, list: readonly Migration[] = migrations): Promise<void> {
  await db.migrate.rollback({ migrationSource: sourceOf(list) }, true);
}

function sourceOf(list: readonly Migration[]): Knex.MigrationSource<Migration> {
  return {
    getMigrations: () => Promise.resolve([...list]),
    getMigrationName: (migration) => migration.name,
    getMigration: (migration) => Promise.resolve(migration),
  };
}

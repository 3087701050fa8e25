import type { Migration } from '../migration.js';

/**
 * Abbreviations that were accepted as names of time zones although times could not be worked out by them, with the zone
 * that they stood for (the old ids of ICU).
 */
const zonesByOldName: Readonly<Record<string, string>> = {
  ACT: 'Australia/Darwin',
  AET: 'Australia/Sydney',
  AGT: 'America/Argentina/Buenos_Aires',
  ART: 'Africa/Cairo',
  AST: 'America/Anchorage',
  BET: 'America/Sao_Paulo',
  BST: 'Asia/Dhaka',
  CAT: 'Africa/Maputo',
  CNT: 'America/St_Johns',
  CST: 'America/Chicago',
  CTT: 'Asia/Shanghai',
  EAT: 'Africa/Nairobi',
  ECT: 'Europe/Paris',
  IET: 'America/Indiana/Indianapolis',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  MIT: 'Pacific/Apia',
  NET: 'Asia/Yerevan',
  NST: 'Pacific/Auckland',
  PLT: 'Asia/Karachi',
  PNT: 'America/Phoenix',
  PRT: 'America/Puerto_Rico',
  PST: 'America/Los_Angeles',
  SST: 'Pacific/Guadalcanal',
  VST: 'Asia/Ho_Chi_Minh',
};

/** Where a zone stands in a column of its own, and where it stands in JSON as `"timeZone":"…"`. */
const columns = ['statuses.time_zone', 'posting_slots.time_zone', 'schedules.time_zone'];
const jsonColumns = ['sessions.pace_settings', 'schedules.body', 'broadcasts.body', 'templates.body', 'drafts.body'];

/** Every stored time zone is one by which times can be worked out. */
export const timeZoneNames: Migration = {
  name: '0030-time-zone-names',

  async up(db) {
    for (const [oldName, zone] of Object.entries(zonesByOldName)) {
      for (const [table = '', column = ''] of columns.map((place) => place.split('.'))) {
        await db(table)
          .where({ [column]: oldName })
          .update({ [column]: zone });
      }
      const before = `"timeZone":"${oldName}"`;
      const after = `"timeZone":"${zone}"`;
      for (const [table = '', column = ''] of jsonColumns.map((place) => place.split('.'))) {
        await db(table)
          .whereLike(column, `%${before}%`)
          .update({ [column]: db.raw('replace(??, ?, ?)', [column, before, after]) });
      }
    }
  },

  // The zones are the ones that were meant before.
  down: () => Promise.resolve(),
};

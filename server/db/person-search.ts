import type { Knex } from 'knex';
import { escapeLike } from './dialect.js';

/** Part of a name, or of a number in whatever way it is written, of the people who are joined as `p`. */
export function wherePersonMatches(any: Knex.QueryBuilder, search: string): void {
  for (const column of ['p.name', 'p.verified_name', 'p.push_name']) {
    for (const spelling of spellingsOf(search)) {
      void any.orWhereRaw(`lower(??) like lower(?) escape '\\'`, [column, `%${escapeLike(spelling)}%`]);
    }
  }
  const digits = search.replace(/[\s+\-().]/g, '');
  if (/^\d+$/.test(digits)) void any.orWhere('p.phone_number', 'like', `%${digits}%`);
}

/** SQLite knows only the English letters as the same in upper and lower case. */
function spellingsOf(search: string): Set<string> {
  const capitalized = search.toLowerCase().replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  return new Set([search, search.toLowerCase(), search.toUpperCase(), capitalized]);
}

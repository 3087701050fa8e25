import type { Mutation } from './mutation.js';

const counted = (test: string) => ({ file: 'test/clicks/clicks-service.test.ts', test: `clicks (SQLite) ${test}` });
const asked = (test: string) => ({ file: 'test/http/short-links.test.ts', test });
const led = (test: string) => ({ file: 'test/clicks/short-links.test.ts', test });
const linked = (test: string) => ({ file: 'test/statuses/link-maker.test.ts', test });

/** Short addresses: where they lead, who is counted, and what is not kept. */
export const mutationsOfClicks: Mutation[] = [
  {
    what: 'an address leads anywhere that somebody wrote into the database',
    file: 'server/clicks/short-links.ts',
    from: '!row || !isWebAddress(row.target)',
    to: '!row',
    noticedBy: led('is nowhere for'),
  },
  {
    what: 'every guess asks the database',
    file: 'server/clicks/short-links.ts',
    from: "if (!isCode(code)) return { result: 'unknown' };",
    to: '',
    noticedBy: led('is not asked for what is no code'),
  },
  {
    what: 'what was taken back leads on for ever',
    file: 'server/clicks/short-links.ts',
    from: 'known.freshUntilMs > this.nowMs()',
    to: 'known.freshUntilMs > 0',
    noticedBy: led('is remembered for seconds'),
  },
  {
    what: 'nobody may open a link while the database hangs',
    file: 'server/clicks/short-links.ts',
    from: '} catch {\n      return known?.found ??',
    to: '} catch {\n      return',
    noticedBy: led('is known from before'),
  },
  {
    what: 'whoever guesses may go on',
    file: 'server/http/short-links.ts',
    from: "if (found.result === 'unknown') guessed.count(network);",
    to: '',
    noticedBy: asked('may guess a few times a minute'),
  },
  {
    what: 'whoever guesses shuts others out of links in use',
    file: 'server/http/short-links.ts',
    from: '>= maxUnknownPerNetwork && !links.isKept(code)',
    to: '>= maxUnknownPerNetwork',
    noticedBy: asked('may guess a few times a minute'),
  },
  {
    what: 'a redirect may be kept by caches',
    file: 'server/http/short-links.ts',
    from: "response.setHeader('cache-control', 'no-store');",
    to: '',
    noticedBy: asked('are sent on in the letters'),
  },
  {
    what: 'one device counts with each click',
    file: 'server/clicks/click.ts',
    from: 'Number(fresh.delete(`${statusId} ${mark}`))',
    to: 'Number(fresh.has(`${statusId} ${mark}`))',
    noticedBy: counted('are counted by link and hour'),
  },
  {
    what: 'what tells people apart outlives its day',
    file: 'server/clicks/clicks-store.ts',
    from: "await knexOf(tx)('click_salts').where('day', '<', day).delete();",
    to: '',
    noticedBy: counted('leave nothing of who it was'),
  },
  {
    what: 'marks outlive their day',
    file: 'server/clicks/clicks-store.ts',
    from: "db('click_marks').where('day', '<', day).limit",
    to: "db('click_marks').where('day', '<', 0).limit",
    noticedBy: counted('leave nothing of who it was'),
  },
  {
    what: 'marks of today are forgotten',
    file: 'server/clicks/clicks-service.ts',
    from: 'const today = dayOf(clock.now().getTime());\n    if',
    to: 'const today = dayOf(clock.now().getTime()) + 1;\n    if',
    noticedBy: counted('leave nothing of who it was'),
  },
  {
    what: 'each process has a salt of its own',
    file: 'server/clicks/clicks-store.ts',
    from: 'return row.salt;',
    to: "return randomBytes(32).toString('base64url');",
    noticedBy: counted('count somebody once who comes to several processes'),
  },
  {
    what: 'clicks are lost while the database is locked',
    file: 'server/clicks/clicks-service.ts',
    from: 'isAboutData(error) || tries >= maxTries',
    to: 'isAboutData(error) || tries >= 1',
    noticedBy: counted('are counted when the database can be used again'),
  },
  {
    what: 'its author is counted before a post leaves',
    file: 'server/clicks/clicks-service.ts',
    from: '!status || status.startedAt === null',
    to: '!status',
    noticedBy: counted('of a link that a change has taken away'),
  },
  {
    what: 'links that were changed stay',
    file: 'server/clicks/clicks-store.ts',
    from: "await db('tracked_links').where({ status_id: statusId }).delete();",
    to: '',
    noticedBy: counted('of a link that a change has taken away'),
  },
  {
    what: 'every address of an IPv6 network counts',
    file: 'server/clicks/clicks-service.ts',
    from: '`${networkOf(address)}\\n${browser}`',
    to: '`${address}\\n${browser}`',
    noticedBy: counted('are counted by link and hour'),
  },
  {
    what: 'UTM parameters of an address are given again',
    file: 'server/links/utm.ts',
    from: ' || known.has(`utm_${name}`)',
    to: '',
    noticedBy: { file: 'test/links/utm.test.ts', test: 'are added to' },
  },
  {
    what: 'UTM parameters go behind the fragment',
    file: 'server/links/utm.ts',
    from: "const at = address.indexOf('#');",
    to: 'const at = -1 + 0 * address.length;',
    noticedBy: { file: 'test/links/utm.test.ts', test: 'are added to' },
  },
  {
    what: 'links are shown at the wrong places',
    file: 'server/statuses/status-links.ts',
    from: '.toReversed()',
    to: '.slice()',
    noticedBy: linked('have each its own short address'),
  },
  {
    what: 'short addresses are made for short addresses',
    file: 'server/statuses/link-maker.ts',
    from: '.filter(({ url }) => !this.addresses.has(url));',
    to: ';',
    noticedBy: linked('that are short addresses already'),
  },
  {
    what: 'addresses with a password in them are counted',
    file: 'server/links/found-addresses.ts',
    from: 'isWebAddress(url) && ',
    to: '',
    noticedBy: { file: 'test/links/found-addresses.test.ts', test: 'secret' },
  },
  {
    what: 'a preview does not say whose page it shows',
    file: 'server/statuses/status-contents.ts',
    from: 'new URL(shown.content).host !== host',
    to: 'false',
    noticedBy: linked('say in the preview of a link status'),
  },
];

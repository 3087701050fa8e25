import type { Segment } from '../../server/contract/segments.js';
import type { StatusAudience } from '../../server/contract/statuses.js';
import { randomFrom } from '../support/random-from.js';

/** One thing that happens to an account, in the order in which the server hears of it. */
export type Step =
  | { what: 'told'; status: string; person: number; byLid: boolean; kind: 'delivered' | 'read' | 'played'; at: number }
  | {
      what: 'reacted';
      status: string;
      person: number;
      byLid: boolean;
      emoji: string | null;
      at: number;
      tapped: number;
    }
  | { what: 'replied'; status: string; person: number; byLid: boolean; at: number }
  | { what: 'clicked'; status: string; device: number; link: number; at: number }
  | { what: 'pair'; person: number }
  | { what: 'deleted'; status: string };

/** Whom a status was for, and which lists, tags and segment it names. */
export interface HistoryAudience {
  audience: StatusAudience | null;
  named: { list: string[]; tag: string[]; segment: string[] };
}

export interface History {
  statuses: (HistoryAudience & {
    id: string;
    sentAt: number;
    targeted: number;
    type: 'text' | 'image';
    templateId: string | null;
  })[];
  steps: Step[];
}

/** What one person did with one status. */
export interface Did {
  who: string;
  status: string;
  deliveredAt: number;
  viewedAt: number | null;
  reactedAt: number | null;
  repliedAt: number | null;
}

export const kinds = ['delivered', 'viewed', 'reacted', 'replied', 'clicked'] as const;

/** One thing that counts for a status, once for each person or, of clicks, device and day. */
export interface Act {
  kind: (typeof kinds)[number];
  status: string;
  at: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Times at which clocks of the zones that are asked in are changed, and one at which none is. */
export const turningPoints = [
  '2026-03-29T01:00:00Z', // Berlin, forward
  '2026-10-25T01:00:00Z', // Berlin, back
  '2026-04-04T15:00:00Z', // Lord Howe, back by half an hour
  '2026-10-03T15:30:00Z', // Lord Howe, forward by half an hour
  '2026-11-01T06:00:00Z', // New York, back
  '2026-02-15T02:00:00Z', // Casablanca, back
  '2026-06-30T12:00:00Z',
] as const;

export const zones = [
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/New_York',
  'Africa/Casablanca',
];

const ofNobody: HistoryAudience = { audience: null, named: { list: [], tag: [], segment: [] } };
const regulars: Segment = { type: 'tagged', tag: 'regular' };
const mixed: Segment = {
  type: 'any',
  of: [
    { type: 'all', of: [regulars, { type: 'not', of: { type: 'on_list', listId: 'L2' } }] },
    { type: 'on_list', listId: 'L1' },
    { type: 'tagged', tag: 'vip "x"' },
    { type: 'not', of: { type: 'tagged', tag: 'gone' } },
    { type: 'viewed', posts: 3 },
  ],
};

/** How many were left out makes no other audience. */
const audiences: HistoryAudience[] = [
  ofNobody,
  { ...ofNobody, audience: { kind: 'contacts', excluded: 1 } },
  { audience: { kind: 'list', listId: 'L1', excluded: 0 }, named: { ...ofNobody.named, list: ['L1'] } },
  { audience: { kind: 'list', listId: 'L1', excluded: 7 }, named: { ...ofNobody.named, list: ['L1'] } },
  { audience: { kind: 'list', listId: 'L2', excluded: 0 }, named: { ...ofNobody.named, list: ['L2'] } },
  {
    audience: { kind: 'segment', segment: regulars, excluded: 2 },
    named: { list: [], tag: ['regular'], segment: [JSON.stringify(regulars)] },
  },
  {
    audience: { kind: 'segment', segment: mixed, excluded: 3 },
    named: { list: ['L1'], tag: ['regular', 'vip "x"'], segment: [JSON.stringify(mixed)] },
  },
];

/** Receipts in any order, repeats, earlier times told later, people who turn out to be one, and posts that are deleted. */
export function randomHistory(seed: number, prefix: string, steps: number): History {
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const middle = Date.parse(turningPoints[below(turningPoints.length)] ?? turningPoints[0]);
  const people = 6;
  const statuses = Array.from({ length: 4 }, (_, index) => ({
    id: `${prefix}${String(index)}`,
    sentAt: middle - dayMs + below(2 * dayMs),
    targeted: 3 + below(9),
    type: random() < 0.5 ? ('text' as const) : ('image' as const),
    templateId: [null, 'T1', 'T2'][below(3)] ?? null,
    ...(audiences[below(audiences.length)] ?? ofNobody),
  }));
  const oneStep = (): Step => {
    const status = statuses[below(statuses.length)] ?? statuses[0];
    const about = { status: status?.id ?? '', person: below(people), byLid: random() < 0.5 };
    const at = (status?.sentAt ?? middle) + below(36 * 60) * minuteMs + below(minuteMs);
    const chance = random();
    if (chance < 0.08) return { what: 'pair', person: below(people) };
    if (chance < 0.1) return { what: 'deleted', status: about.status };
    if (chance < 0.2) return { what: 'replied', ...about, at };
    if (chance < 0.3) return { what: 'clicked', status: about.status, device: below(3), link: below(2), at };
    if (chance < 0.45) {
      const emoji = [null, '💚', '😂'][below(3)] ?? null;
      return { what: 'reacted', ...about, emoji, at, tapped: at - below(3 * 60 * minuteMs) };
    }
    const kind = (['delivered', 'read', 'played'] as const)[below(3)] ?? 'read';
    return { what: 'told', ...about, kind, at };
  };
  const all: Step[] = [];
  for (let index = 0; index < steps; index += 1) {
    const repeated = all[below(all.length)];
    all.push(random() < 0.15 && repeated ? repeated : oneStep());
  }
  return { statuses, steps: all };
}

/** Slowly and obviously: what each person did with each status that is left. */
export function recount({ steps }: History): Did[] {
  const deleted = new Set<string>();
  const paired = new Set<number>();
  const seen = new Set<string>();
  const facts: Extract<Step, { what: 'told' | 'reacted' | 'replied' }>[] = [];
  for (const step of steps) {
    if (step.what === 'deleted') deleted.add(step.status);
    // A pair of addresses says nothing about somebody of whom nothing was ever heard.
    else if (step.what === 'clicked') continue;
    else if (step.what === 'pair') {
      if (seen.has(`${String(step.person)} true`) || seen.has(`${String(step.person)} false`)) paired.add(step.person);
    } else if (!deleted.has(step.status)) {
      facts.push(step);
      seen.add(`${String(step.person)} ${String(step.byLid)}`);
    }
  }
  const whoOf = ({ person, byLid }: { person: number; byLid: boolean }): string =>
    paired.has(person) ? String(person) : `${String(person)} ${String(byLid)}`;
  const groups = new Map<string, typeof facts>();
  for (const fact of facts) {
    if (deleted.has(fact.status)) continue;
    const key = `${fact.status} ${whoOf(fact)}`;
    groups.set(key, [...(groups.get(key) ?? []), fact]);
  }
  return [...groups.values()].map((group) => {
    const views = group.filter((fact) => fact.what !== 'told' || fact.kind !== 'delivered');
    const replies = group.flatMap((fact) => (fact.what === 'replied' ? fact.at : []));
    const reactions = group.filter((fact) => fact.what === 'reacted').sort((one, other) => one.tapped - other.tapped);
    const last = reactions.at(-1);
    return {
      who: group[0] ? whoOf(group[0]) : '',
      status: group[0]?.status ?? '',
      deliveredAt: Math.min(...group.map(({ at }) => at)),
      viewedAt: views.length === 0 ? null : Math.min(...views.map(({ at }) => at)),
      reactedAt: last && last.emoji !== null ? last.tapped : null,
      repliedAt: replies.length === 0 ? null : Math.min(...replies),
    };
  });
}

/** What counts, and when, for the statuses that are left. */
export function actsOf(history: History): Act[] {
  const ofPeople = recount(history).flatMap(({ status, ...did }) =>
    (['delivered', 'viewed', 'reacted', 'replied'] as const).flatMap((kind): Act[] => {
      const at = did[`${kind}At`];
      return at === null ? [] : [{ kind, status, at }];
    }),
  );
  return [...ofPeople, ...clicksOf(history)];
}

/** A device counts with its first click of a day in UTC, as the server hears of them. */
function clicksOf({ steps }: History): Act[] {
  const deleted = new Set(steps.flatMap((step) => (step.what === 'deleted' ? step.status : [])));
  const counted = new Map<string, Act>();
  for (const step of steps) {
    if (step.what !== 'clicked' || deleted.has(step.status)) continue;
    const key = [step.status, step.device, new Date(step.at).toISOString().slice(0, 10)].join(' ');
    if (!counted.has(key)) counted.set(key, { kind: 'clicked', status: step.status, at: step.at });
  }
  return [...counted.values()];
}

const quarterMs = 15 * minuteMs;
const formats = new Map<string, Intl.DateTimeFormat>();
/** By zone and quarter of an hour: Intl takes its time, and clocks are changed between two quarters. */
const read = new Map<string, { hour: string; weekday: number }>();

/** What the clock on the wall shows, as Intl has it: `2026-03-29T02` and the day of the week, Monday is 1. */
export function onWall(at: number, timeZone: string): { hour: string; weekday: number } {
  const quarter = Math.floor(at / quarterMs);
  const key = `${timeZone} ${String(quarter)}`;
  const known = read.get(key) ?? readFromIntl(quarter * quarterMs, timeZone);
  read.set(key, known);
  return known;
}

function readFromIntl(at: number, timeZone: string): { hour: string; weekday: number } {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit' } as const;
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, ...parts });
  formats.set(timeZone, format);
  const [day = '', month = '', year = '', hour = ''] = format.format(at).split(/\D+/);
  const date = `${year}-${month}-${day}`;
  return { hour: `${date}T${hour}`, weekday: new Date(`${date}T00:00:00Z`).getUTCDay() || 7 };
}

import type { Reaction, ReceiptKind } from '../whatsapp/gateway.js';

/** One person's counted facts about one status. Times are epoch milliseconds; null means: not that we know. */
export interface View {
  statusId: string;
  personId: string;
  deliveredAt: number | null;
  viewedAt: number | null;
  playedAt: number | null;
  /** The emoji; null: none, or taken back. */
  reaction: string | null;
  /** Of the last reaction, also of the taking back. */
  reactedAt: number | null;
  /** When they answered it first. */
  repliedAt: number | null;
}

/** A receipt whose status and person are known. */
export type Fact = {
  statusId: string;
  personId: string;
  /** Epoch milliseconds. */
  at: number;
} & ({ kind: ReceiptKind | 'replied' } | { kind: 'reacted'; reaction: Reaction });

/** How many people were new under each heading, or fewer: a reaction can be taken back. */
export interface Gain {
  delivered: number;
  viewed: number;
  reacted: number;
  replied: number;
}

/**
 * What became of the row of one person for one status: counted for the first time, changed, or gone because the person is
 * another one. Both sides that are there are about the same person and status.
 */
export type ViewChange = { before: View | undefined; after: View } | { before: View; after: undefined };

/** Of a fold: a receipt never takes a row away. */
export type CountedChange = Extract<ViewChange, { after: View }>;

/** The key of a row in maps. */
export function viewKey(row: { statusId: string; personId: string }): string {
  return `${row.statusId} ${row.personId}`;
}

/**
 * Adds receipts to what is known, so that a repeat changes nothing: the earliest time counts per status, person and
 * kind, whichever of a person's devices it came from and in whatever order. Played means viewed, and so do a reaction and
 * a reply; viewed means delivered. Of several reactions the last one counts. Returns the rows that are new or say something else.
 */
export function foldFacts(known: ReadonlyMap<string, View>, facts: readonly Fact[]): CountedChange[] {
  const rows = new Map<string, View>();
  const changed = new Map<string, CountedChange>();
  for (const fact of facts) {
    const key = viewKey(fact);
    const before = known.get(key);
    const row = rows.get(key) ?? { ...(before ?? emptyView(fact)) };
    rows.set(key, row);
    const isNews = [
      fact.kind === 'played' && setEarlier(row, 'playedAt', fact.at),
      fact.kind === 'replied' && setEarlier(row, 'repliedAt', fact.at),
      fact.kind !== 'delivered' && setEarlier(row, 'viewedAt', fact.at),
      setEarlier(row, 'deliveredAt', fact.at),
      fact.kind === 'reacted' && setReaction(row, fact.reaction),
    ];
    if (isNews.includes(true)) changed.set(key, { before, after: row });
  }
  return [...changed.values()];
}

function emptyView({ statusId, personId }: Fact): View {
  return {
    statusId,
    personId,
    deliveredAt: null,
    viewedAt: null,
    playedAt: null,
    reaction: null,
    reactedAt: null,
    repliedAt: null,
  };
}

function setEarlier(row: View, field: 'deliveredAt' | 'viewedAt' | 'playedAt' | 'repliedAt', at: number): boolean {
  const current = row[field];
  if (current !== null && current <= at) return false;
  row[field] = at;
  return true;
}

function setReaction(row: View, { emoji, reactedAt }: Reaction): boolean {
  const at = reactedAt.getTime();
  const isRepeat = row.reactedAt === at && row.reaction === emoji;
  if (isRepeat || (row.reactedAt !== null && row.reactedAt > at)) return false;
  row.reaction = emoji;
  row.reactedAt = at;
  return true;
}

/** What the changes come to, by status id; only statuses whose counts they change. */
export function gainsOf(changes: readonly ViewChange[]): Map<string, Gain> {
  const gains = new Map<string, Gain>();
  for (const { before, after } of changes) {
    const statusId = after?.statusId ?? before?.statusId ?? '';
    const gain = gains.get(statusId) ?? { delivered: 0, viewed: 0, reacted: 0, replied: 0 };
    gain.delivered += isKnown(after?.deliveredAt) - isKnown(before?.deliveredAt);
    gain.viewed += isKnown(after?.viewedAt) - isKnown(before?.viewedAt);
    gain.reacted += isKnown(after?.reaction) - isKnown(before?.reaction);
    gain.replied += isKnown(after?.repliedAt) - isKnown(before?.repliedAt);
    gains.set(statusId, gain);
  }
  for (const [statusId, gain] of gains) {
    if (Object.values(gain).every((count) => count === 0)) gains.delete(statusId);
  }
  return gains;
}

function isKnown(fact: number | string | null | undefined): number {
  return Number(fact !== null && fact !== undefined);
}

/** Two rows of the same person for the same status as one: the earlier time of each kind, and the last reaction. */
export function mergeViews(one: View, other: View): View {
  const last = (other.reactedAt ?? -1) > (one.reactedAt ?? -1) ? other : one;
  return {
    ...one,
    deliveredAt: earlier(one.deliveredAt, other.deliveredAt),
    viewedAt: earlier(one.viewedAt, other.viewedAt),
    playedAt: earlier(one.playedAt, other.playedAt),
    reaction: last.reaction,
    reactedAt: last.reactedAt,
    repliedAt: earlier(one.repliedAt, other.repliedAt),
  };
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

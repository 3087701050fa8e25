import type { ReceiptKind } from '../whatsapp/gateway.js';

/** One person's counted facts about one status. Times are epoch milliseconds; null means: not that we know. */
export interface View {
  statusId: string;
  personId: string;
  deliveredAt: number | null;
  viewedAt: number | null;
  playedAt: number | null;
}

/** A receipt whose status and person are known. */
export interface Fact {
  statusId: string;
  personId: string;
  kind: ReceiptKind;
  /** Epoch milliseconds. */
  at: number;
}

/** How many people were new under each heading. */
export interface Gain {
  delivered: number;
  viewed: number;
}

export interface Fold {
  /** The rows that are new or say something else than before. */
  changed: View[];
  /** By status id; only statuses that gained something. */
  gains: Map<string, Gain>;
}

/** The key of a row in maps. */
export function viewKey(row: { statusId: string; personId: string }): string {
  return `${row.statusId} ${row.personId}`;
}

/**
 * Adds receipts to what is known, so that a repeat changes nothing: the earliest time counts per status, person and
 * kind, whichever of a person's devices it came from and in whatever order. Played means viewed; viewed means delivered.
 */
export function foldFacts(known: ReadonlyMap<string, View>, facts: readonly Fact[]): Fold {
  const rows = new Map<string, View>();
  const changed = new Set<string>();
  for (const fact of facts) {
    const key = viewKey(fact);
    const row = rows.get(key) ?? { ...(known.get(key) ?? emptyView(fact)) };
    rows.set(key, row);
    const wasEarlier = [
      fact.kind === 'played' && setEarlier(row, 'playedAt', fact.at),
      fact.kind !== 'delivered' && setEarlier(row, 'viewedAt', fact.at),
      setEarlier(row, 'deliveredAt', fact.at),
    ];
    if (wasEarlier.includes(true)) changed.add(key);
  }
  const gains = new Map<string, Gain>();
  const changedRows: View[] = [];
  for (const key of changed) {
    const row = rows.get(key);
    if (!row) continue;
    changedRows.push(row);
    addGain(gains, row.statusId, known.get(key), row);
  }
  return { changed: changedRows, gains };
}

function emptyView({ statusId, personId }: Fact): View {
  return { statusId, personId, deliveredAt: null, viewedAt: null, playedAt: null };
}

function setEarlier(row: View, field: 'deliveredAt' | 'viewedAt' | 'playedAt', at: number): boolean {
  const current = row[field];
  if (current !== null && current <= at) return false;
  row[field] = at;
  return true;
}

function addGain(gains: Map<string, Gain>, statusId: string, before: View | undefined, after: View): void {
  const delivered = Number(after.deliveredAt !== null) - Number((before?.deliveredAt ?? null) !== null);
  const viewed = Number(after.viewedAt !== null) - Number((before?.viewedAt ?? null) !== null);
  if (delivered === 0 && viewed === 0) return;
  const gain = gains.get(statusId) ?? { delivered: 0, viewed: 0 };
  gains.set(statusId, { delivered: gain.delivered + delivered, viewed: gain.viewed + viewed });
}

/** Two rows of the same person for the same status as one: the earlier time of each kind. */
export function mergeViews(one: View, other: View): View {
  return {
    ...one,
    deliveredAt: earlier(one.deliveredAt, other.deliveredAt),
    viewedAt: earlier(one.viewedAt, other.viewedAt),
    playedAt: earlier(one.playedAt, other.playedAt),
  };
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

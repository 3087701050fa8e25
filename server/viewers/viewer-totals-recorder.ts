import type { Tx } from '../db/unit-of-work.js';
import type { PeopleChange } from '../people/people-service.js';
import type { PeopleScope } from '../people/person.js';
import type { StatusRecord } from '../statuses/status.js';
import type { View, ViewChange } from './view.js';
import {
  acts,
  addChange,
  addTotals,
  isEmpty,
  changesTotals,
  recounted,
  type PostTimes,
  type ViewerTotals,
} from './viewer-totals.js';
import type { ViewerTotalsStore } from './viewer-totals-store.js';
import type { ViewsStore } from './views-store.js';

/** Keeps what each viewer did with all posts together, in the transaction that counts it. */
export class ViewerTotalsRecorder {
  constructor(
    private readonly store: ViewerTotalsStore,
    private readonly views: Pick<ViewsStore, 'listOfPeople'>,
  ) {}

  async onCounted(tx: Tx, scope: PeopleScope, changes: readonly ViewChange[]): Promise<void> {
    const counted = changes.filter(changesTotals);
    if (counted.length === 0) return;
    const totals = await this.store.find(tx, [...new Set(counted.map(personOf))]);
    const statusIds = counted.flatMap(({ after }) => after?.statusId ?? []);
    const posts = await this.postTimes(tx, totals, statusIds);
    const unknown = new Set<string>();
    for (const change of counted) {
      const own = totals.get(personOf(change));
      if (own && !addChange(own, change, posts)) unknown.add(own.personId);
    }
    await this.recount(tx, totals, [...unknown]);
    await this.store.write(tx, scope, [...totals.values()]);
  }

  /** After the views of those who are gone were given to those who survive them: what is left are views that are forgotten. */
  async onMerges(tx: Tx, { merges, ...scope }: PeopleChange): Promise<void> {
    const totals = await this.store.find(tx, [
      ...new Set(merges.flatMap(({ goneId, survivorId }) => [goneId, survivorId])),
    ]);
    const posts = await this.postTimes(tx, totals, []);
    const changed = new Map<string, ViewerTotals>();
    for (const { goneId, survivorId } of merges) {
      const [gone, survivor] = [totals.get(goneId), totals.get(survivorId)];
      if (!gone || !survivor || isEmpty(gone)) continue;
      addTotals(survivor, gone, posts);
      changed.set(survivorId, survivor);
    }
    await this.store.write(tx, scope, [...changed.values()]);
  }

  /** It is not kept any more that these people got a post: that they got one is. */
  async onRecipientsForgotten(tx: Tx, status: StatusRecord, personIds: readonly string[]): Promise<void> {
    await this.store.writePosted(tx, status, personIds, status.sentAt ?? status.startedAt ?? status.createdAt);
  }

  private async recount(tx: Tx, totals: Map<string, ViewerTotals>, personIds: readonly string[]): Promise<void> {
    if (personIds.length === 0) return;
    const views = await this.views.listOfPeople(tx, personIds);
    const posts = await this.postTimes(
      tx,
      totals,
      views.map(({ statusId }) => statusId),
    );
    const viewsOf = new Map<string, View[]>();
    for (const view of views) {
      const own = viewsOf.get(view.personId);
      if (own) own.push(view);
      else viewsOf.set(view.personId, [view]);
    }
    for (const id of personIds) {
      const own = totals.get(id);
      if (own) totals.set(id, recounted(own, viewsOf.get(id) ?? [], posts));
    }
  }

  private postTimes(
    tx: Tx,
    totals: ReadonlyMap<string, ViewerTotals>,
    statusIds: readonly string[],
  ): Promise<PostTimes> {
    const ids = new Set(statusIds);
    for (const { firstViewedPost, acts: ofActs } of totals.values()) {
      for (const id of [firstViewedPost, ...acts.map((act) => ofActs[act].lastPost)]) if (id !== null) ids.add(id);
    }
    return this.store.postTimes(tx, [...ids]);
  }
}

function personOf({ before, after }: ViewChange): string {
  return after?.personId ?? before?.personId ?? '';
}

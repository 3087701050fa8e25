import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Principal } from '../access/principal.js';
import { conditionsOf, type PlainCondition, type Segment } from '../contract/segments.js';
import { notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { numberKey } from '../lib/number-forms.js';
import type { PersonAddress } from '../whatsapp/gateway.js';
import type { CandidatesReportStore } from './candidates-report-store.js';
import { peopleSetOf } from './people-sets.js';
import type { KnownPerson, SegmentsReportStore } from './segments-report-store.js';

const dayMs = 24 * 60 * 60_000;

interface Place {
  organizationId: string;
  sessionId: string;
}

/** Everybody a segment is about, by keys: of people the account knows their id, of others their number. */
interface Known {
  addresses: Map<string, PersonAddress>;
  keysByCondition: Map<PlainCondition, ReadonlySet<string>>;
}

/** Who belongs to a segment. Reads only. */
export class Segments {
  constructor(
    private readonly store: SegmentsReportStore,
    private readonly candidates: Pick<CandidatesReportStore, 'tagged' | 'listMembers'>,
    private readonly clock: Clock,
  ) {}

  /** Each person once. Throws `not_found` for a list that the organization does not have. */
  async people(place: Place, segment: Segment): Promise<PersonAddress[]> {
    const known: Known = { addresses: new Map(), keysByCondition: new Map() };
    for (const condition of conditionsOf(segment)) {
      known.keysByCondition.set(condition, await this.keysOf(place, condition, known));
    }
    const none = new Set<string>();
    const { isAllBut, keys } = await peopleSetOf(
      segment,
      (condition) => known.keysByCondition.get(condition) ?? none,
      () => nextTurn(),
    );
    if (isAllBut) add(known, await this.store.postedTo(place.sessionId, false));
    const found: PersonAddress[] = [];
    for (const [key, address] of known.addresses) if (keys.has(key) !== isAllBut) found.push(address);
    return found;
  }

  private async keysOf(place: Place, condition: PlainCondition, known: Known): Promise<ReadonlySet<string>> {
    const { sessionId, organizationId } = place;
    switch (condition.type) {
      case 'tagged':
        return this.keysOfNumbers(place, await this.candidates.tagged(organizationId, condition.tag), known);
      case 'on_list': {
        const members = await this.candidates.listMembers(organizationId, condition.listId);
        if (!members) throw notFound('The list');
        return this.keysOfNumbers(place, members, known);
      }
      case 'never_viewed':
        return add(known, await this.store.postedTo(sessionId, true));
      default: {
        const { type, days, posts } = condition;
        const since = days === undefined ? undefined : this.clock.now().getTime() - days * dayMs;
        const postIds = posts === undefined ? undefined : await this.store.lastPosts(sessionId, posts);
        return add(known, await this.store.whoDid(sessionId, type, { since, postIds }));
      }
    }
  }

  private async keysOfNumbers(
    { sessionId }: Place,
    numbers: readonly string[],
    { addresses }: Known,
  ): Promise<ReadonlySet<string>> {
    const people = await this.store.byNumber(sessionId, numbers);
    const keys = new Set<string>();
    for (const phoneNumber of numbers) {
      const person = people.get(numberKey(phoneNumber));
      const key = person ? person.id : `+${numberKey(phoneNumber)}`;
      if (!addresses.has(key)) addresses.set(key, person ?? { phoneNumber, lid: null });
      keys.add(key);
    }
    return keys;
  }
}

function add({ addresses }: Known, people: readonly KnownPerson[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { id, phoneNumber, lid } of people) {
    addresses.set(id, { phoneNumber, lid });
    keys.add(id);
  }
  return keys;
}

/**
 * Lists and tags are the organization's, and so are nothing to the key of one session. Throws `not_found` for such a key, before
 * anything tells whether there is such a list or tag.
 */
export function requireVisibleSegment({ sessionId }: Pick<Principal, 'sessionId'>, segment: Segment): void {
  if (sessionId === null) return;
  const types = new Set(conditionsOf(segment).map(({ type }) => type));
  if (types.has('on_list')) throw notFound('The list');
  if (types.has('tagged')) throw notFound('The tag');
}

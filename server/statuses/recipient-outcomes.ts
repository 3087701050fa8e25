import type { ExclusionReason } from '../contract/audiences.js';
import type { Tx } from '../db/unit-of-work.js';
import type { PeopleService } from '../people/people-service.js';
import type { Addressee, PersonAddress, RecipientOutcome, RecipientResult } from '../whatsapp/gateway.js';
import { ListedRecipient, type RecipientCounts, type RecipientsStore } from './recipients-store.js';
import type { StatusRecord } from './status.js';

export type { RecipientCounts };

/** What becomes of each recipient while a status is posted and taken back. */
export class RecipientOutcomes {
  constructor(
    private readonly recipients: RecipientsStore,
    private readonly people: PeopleService,
  ) {}

  /** Addresses of those of whom it is not known yet what became of them, in the order of sending. */
  listPending(statusId: string): Promise<PersonAddress[]> {
    return this.recipients.listPending(statusId);
  }

  /** What became of the recipients so far. */
  count(tx: Tx, statusId: string): Promise<RecipientCounts> {
    return this.recipients.count(tx, statusId);
  }

  /** The recipient who is this person and was not left out. */
  findFor(
    tx: Tx,
    statusId: string,
    person: PersonAddress,
  ): Promise<{ personId: string; phoneNumber: string | null } | undefined> {
    return this.recipients.findFor(tx, statusId, person);
  }

  /**
   * Who of these recipients of one version of an A/B test is none any more: what is known of them by now tells that they are in the
   * other version, or twice in this one.
   */
  async knownTwice({ id, sessionId }: StatusRecord, people: readonly Addressee[]): Promise<PersonAddress[]> {
    const pairs = people.flatMap(({ address: { phoneNumber, lid } }) =>
      phoneNumber === null || lid === null ? [] : [{ phoneNumber, lid }],
    );
    await this.people.recordPairs(sessionId, pairs);
    const pending = new Set((await this.recipients.listPending(id)).map(({ position }) => position));
    return people.flatMap(({ person }) =>
      person instanceof ListedRecipient && !pending.has(person.position) ? [person] : [],
    );
  }

  /** Leaves out some of those that were listed as pending, for a reason each. */
  async leaveOut(tx: Tx, statusId: string, out: ReadonlyMap<PersonAddress, ExclusionReason>): Promise<void> {
    const positions = new Map<ExclusionReason, number[]>();
    for (const [person, reason] of out) {
      if (person instanceof ListedRecipient) addTo(positions, reason, person.position);
    }
    await this.recipients.leaveOut(tx, statusId, positions);
  }

  /**
   * Records what became of some of them. `sentAt`: when WhatsApp acknowledged what was sent; null when it did not. False when the
   * session is gone.
   */
  async record(
    tx: Tx,
    status: StatusRecord,
    results: readonly RecipientResult[],
    sentAt: Date | null,
  ): Promise<boolean> {
    if (!(await this.people.lock(tx, status.sessionId))) return false;
    const positions = new Map<RecipientOutcome, number[]>();
    const others: RecipientResult[] = [];
    for (const result of results) {
      if (result.person instanceof ListedRecipient) addTo(positions, result.outcome, result.person.position);
      else others.push(result);
    }
    const at = sentAt?.getTime() ?? null;
    await this.recipients.recordByPosition(tx, status.id, positions, at);
    if (others.length > 0) {
      const addresses = others.map(({ person }) => person);
      const ids = await this.people.resolve(tx, status.sessionId, addresses);
      await this.recipients.recordOutcomes(tx, status, outcomeById(ids, others), at);
    }
    return true;
  }

  /**
   * From whom a status has to be taken back. `maxUnknown`: so many may have one that was cut short without our knowing. `resumed`:
   * it was taken back from others already.
   */
  async listToTakeBack(
    status: StatusRecord,
    maxUnknown: number,
  ): Promise<{ recipients: PersonAddress[]; resumed: boolean }> {
    const known = await this.recipients.listToRevoke(status.id);
    const wasCutShort = status.state === 'sending' || status.state === 'queued';
    const unknown = wasCutShort ? await this.recipients.listPending(status.id, maxUnknown) : [];
    return { recipients: [...known, ...unknown], resumed: await this.recipients.isPartlyRevoked(status.id) };
  }

  /** It was taken back from these people. How many of them are new. Throws `not_found` when the session is gone. */
  async recordTakenBack(tx: Tx, status: StatusRecord, people: readonly PersonAddress[], at: Date): Promise<number> {
    const ids = await this.people.resolve(tx, status.sessionId, people);
    return this.recipients.recordRevoked(tx, status.id, ids, at.getTime());
  }
}

function addTo<K>(positions: Map<K, number[]>, key: K, position: number): void {
  if (positions.get(key)?.push(position) === undefined) positions.set(key, [position]);
}

/** Two names may be one person by now: who got it by either has it. */
function outcomeById(ids: readonly string[], results: readonly RecipientResult[]): Map<string, RecipientOutcome> {
  const byId = new Map<string, RecipientOutcome>();
  for (const [index, { outcome }] of results.entries()) {
    const id = ids[index];
    if (id !== undefined && byId.get(id) !== 'included') byId.set(id, outcome);
  }
  return byId;
}

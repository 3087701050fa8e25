import { z } from 'zod';
import { senderJid, statusReceipt } from '../contact/outgoing-stanzas.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { ServerParts } from '../protocol/server-parts.js';
import type { Account } from '../state/account.js';
import type { Person } from '../state/person.js';
import { ControlError, parseWith, type ControlRoute } from './control-server.js';
import type { LinkingControls } from './linking-controls.js';

type Context = Pick<ServerParts, 'courier' | 'world'> & Pick<ServerContext, 'after' | 'now'>;

const maxStorms = 50;
/** Takes a few milliseconds. */
const sentPerTurn = 200;
const secondMs = 1000;

const stormSchema = z.strictObject({
  statusId: z.string().min(1).max(128),
  count: z.int().min(1).max(100_000),
  perSecond: z.int().min(1).max(100_000).optional(),
});

/** Receipts under way, and when each of them left. */
interface Storm {
  readonly account: Account;
  readonly statusId: string;
  readonly people: readonly Person[];
  readonly perSecond: number;
  readonly startedAt: number;
  readonly sentAt: number[];
  cancel: () => void;
}

/**
 * Read receipts for one status from many people, whether they have it or not, so that whoever only listens can be measured
 * beside whoever posted it. Each account's devices get them; those that are not connected, later.
 */
export class ReceiptStorm {
  private readonly storms = new Map<string, Storm>();

  constructor(
    private readonly context: Context,
    private readonly linking: LinkingControls,
  ) {}

  /** The first ones have left by the time it returns. Without `perSecond` all leave as fast as they can. */
  start(phoneNumber: string, { statusId, count, perSecond = Infinity }: z.infer<typeof stormSchema>): void {
    const account = this.linking.get(phoneNumber);
    const people: Person[] = [];
    for (const person of this.context.world.people) {
      if (people.length === count) break;
      if (person.onWhatsApp && !this.context.world.findAccount(person.phoneNumber)) people.push(person);
    }
    if (people.length < count) {
      throw new ControlError(409, `there are ${String(people.length)} people, not ${String(count)}`);
    }
    if (this.storms.size >= maxStorms) this.forgetOldest();
    const startedAt = this.context.now();
    const storm: Storm = { account, statusId, people, perSecond, startedAt, sentAt: [], cancel: () => {} };
    this.storms.get(statusId)?.cancel();
    this.storms.delete(statusId);
    this.storms.set(statusId, storm);
    this.sendThoseDue(storm);
  }

  /** By the number of each person: when the receipt left, in milliseconds since 1970. */
  sentAt(statusId: string): { sent: [phoneNumber: string, at: number][] } {
    const storm = this.storms.get(statusId);
    if (!storm) throw new ControlError(404, `no receipts were sent for ${statusId}`);
    return { sent: storm.sentAt.map((at, index) => [storm.people[index]?.phoneNumber ?? '', at]) };
  }

  stop(): void {
    for (const { cancel } of this.storms.values()) cancel();
    this.storms.clear();
  }

  routes(): ControlRoute[] {
    return [
      {
        method: 'POST',
        path: '/admin/accounts/:phone/receipts',
        handle: ({ params, body }) => {
          this.start(params['phone'] ?? '', parseWith(stormSchema, body));
          return {};
        },
      },
      {
        method: 'GET',
        path: '/admin/receipts/:statusId',
        handle: ({ params }) => this.sentAt(params['statusId'] ?? ''),
      },
    ];
  }

  private sendThoseDue(storm: Storm): void {
    const { people, perSecond, startedAt, sentAt, statusId, account } = storm;
    const due = Math.min(people.length, 1 + Math.floor(((this.context.now() - startedAt) * perSecond) / secondMs));
    const until = Math.min(perSecond === Infinity ? people.length : due, sentAt.length + sentPerTurn);
    for (const person of people.slice(sentAt.length, until)) {
      const { phoneNumber, lid } = person;
      const at = this.context.now();
      const participant = senderJid({ phoneNumber, lid, deviceId: 0, form: this.context.courier.formOf(person) });
      sentAt.push(at);
      this.context.courier.sendReceipts(account, [statusReceipt({ kind: 'read', ids: [statusId], participant, at })]);
    }
    if (sentAt.length === people.length) return;
    const nextInMs = sentAt.length < due ? 0 : secondMs / perSecond;
    storm.cancel = this.context.after(nextInMs, () => this.sendThoseDue(storm));
  }

  private forgetOldest(): void {
    const [oldest] = this.storms.values();
    oldest?.cancel();
    if (oldest) this.storms.delete(oldest.statusId);
  }
}

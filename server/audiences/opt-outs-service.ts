import { organizationOf, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { OptOut } from '../contract/audiences.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import { type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import type { CursorForm } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import type { OptOutPlace, OptOutsStore } from './opt-outs-store.js';

const cursor: CursorForm<OptOutPlace> = {
  write: ({ phoneNumber, sessionId }) => `${phoneNumber}/${sessionId ?? ''}`,
  read: (text) => {
    const [, phoneNumber, sessionId] = /^(\d{1,40})\/([\w-]{0,64})$/.exec(text) ?? [];
    return phoneNumber === undefined ? undefined : { phoneNumber, sessionId: sessionId || null };
  },
};
const pages = new Pages(cursor);

/** How an account is asked for, so that nobody else's can be opted out of. */
export type RequireSession = (principal: Principal, sessionId: string) => Promise<unknown>;

/** People of an organization who do not want to be posted to. */
export class OptOutsService {
  constructor(
    private readonly store: OptOutsStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly requireSession: RequireSession,
    private readonly quotas: Quotas,
  ) {}

  async add<K>(
    principal: Principal,
    phoneNumber: string,
    sessionId: string | undefined,
    keep: Keep<OptOut, K> = keepNothing,
  ): Promise<Kept<OptOut, K>> {
    if (sessionId !== undefined) await this.requireSession(principal, sessionId);
    const now = this.clock.now().getTime();
    const optOut = { phoneNumber, sessionId: sessionId ?? null, createdAt: new Date(now).toISOString() };
    return this.unitOfWork.run(async (tx) => {
      await this.insert(tx, principal, [phoneNumber], optOut.sessionId, now);
      return keep(tx, optOut);
    });
  }

  /** Answers how many were new. */
  async addAll(principal: Principal, numbers: readonly string[], sessionId: string | undefined): Promise<number> {
    if (sessionId !== undefined) await this.requireSession(principal, sessionId);
    const unique = [...new Set(numbers)];
    return this.unitOfWork.run((tx) =>
      this.insert(tx, principal, unique, sessionId ?? null, this.clock.now().getTime()),
    );
  }

  /** Opts one number out of all posts of an organization. False when it was already. */
  async addIn(tx: Tx, organizationId: string, phoneNumber: string): Promise<boolean> {
    const now = this.clock.now().getTime();
    if (await this.store.has(tx, organizationId, phoneNumber)) return false;
    const added = await this.quotas.whileAdding(tx, 'optOut', { organizationId }, 1, () =>
      this.store.add(tx, organizationId, null, [phoneNumber], now),
    );
    return added > 0;
  }

  /** Somebody asked for it themselves: no limit of the organization stands against that. There already is success. */
  async addAsked(tx: Tx, organizationId: string, phoneNumber: string): Promise<void> {
    await this.store.add(tx, organizationId, null, [phoneNumber], this.clock.now().getTime());
  }

  private insert(
    tx: Tx,
    principal: Principal,
    numbers: readonly string[],
    sessionId: string | null,
    now: number,
  ): Promise<number> {
    const organizationId = organizationOf(principal);
    return this.quotas.whileAdding(tx, 'optOut', { organizationId }, numbers.length, () =>
      this.store.add(tx, organizationId, sessionId, numbers, now),
    );
  }

  /** Not there is success. */
  async delete(principal: Principal, phoneNumber: string, sessionId: string | undefined): Promise<void> {
    await this.unitOfWork.run((tx) => this.store.delete(tx, organizationOf(principal), sessionId ?? null, phoneNumber));
  }

  async list(principal: Principal, query: PageQuery): Promise<Page<OptOut>> {
    const { optOuts, total } = await this.store.list(organizationOf(principal), pages.wanted(query));
    return { ...pages.cut(optOuts, query, (last) => last), total };
  }
}

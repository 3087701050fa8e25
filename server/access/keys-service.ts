import type { ApiKeyView, CreatedApiKey, CreateKeyBody, ListKeysQuery, UpdateKeyBody } from '../contract/access.js';
import type { Page } from '../contract/envelope.js';
import { type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { timeCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { hashOfKey, newKeyText, prefixOfKey, publicKey, stateOfKey, type ApiKey } from './api-key.js';
import type { ApiKeysStore } from './api-keys-store.js';
import { endOfGrants, refuseBeyond, refuseRevoked } from './key-grants.js';
import type { OrganizationsStore } from './organizations-store.js';
import { maySee, organizationOf, requireVisible, type Owned, type Principal } from './principal.js';
import type { Quotas } from './quotas.js';
import type { SessionDirectoryReportStore } from './session-directory-report-store.js';

/** More of the keys that ended are not kept of one organization, for whoever makes and revokes them in a loop. */
const maxEndedKeys = 1_000;
const pages = new Pages(timeCursor);

export interface KeysParts {
  keys: ApiKeysStore;
  organizations: OrganizationsStore;
  directory: SessionDirectoryReportStore;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  clock: Clock;
  /** Told after the commit that the end or the request limit of a key is another. */
  onChanged: (keyId: string) => void;
  /** Told after the commit that a key opens nothing any more. */
  onRevoked: (keyId: string) => void;
}

/** Making, listing, changing and revoking keys. Callers have been found to hold `manage` on their organization. */
export class KeysService {
  constructor(private readonly parts: KeysParts) {}

  /**
   * The answer carries the key, this once. `forbidden` for more than the maker has, `not_found` for an organization or a
   * session that the maker may not see, `conflict` when there are too many keys.
   */
  async create<K>(
    principal: Principal,
    body: CreateKeyBody,
    keep: Keep<CreatedApiKey, K> = keepNothing,
  ): Promise<Kept<CreatedApiKey, K>> {
    const { clock, keys, unitOfWork } = this.parts;
    const now = clock.now();
    const expiresAt = dateOf(body.expiresAt);
    const rateLimitMax = body.rateLimitMax ?? undefined;
    refuseBeyond(principal, { capabilities: body.capabilities, expiresAt, rateLimitMax }, now);
    const kind = body.sessionId === undefined ? 'admin' : 'session';
    const text = newKeyText(kind);
    return unitOfWork.run(async (tx) => {
      const place = await this.placeOf(tx, principal, body);
      await this.requireRoom(tx, place, now);
      await keys.deleteEndedBeyond(tx, place.organizationId, maxEndedKeys, now);
      const made: ApiKey = {
        ...place,
        id: newId(),
        kind,
        name: body.name,
        hash: hashOfKey(text),
        prefix: prefixOfKey(text),
        capabilities: body.capabilities,
        rateLimitMax: rateLimitMax ?? null,
        createdBy: principal.name,
        createdAt: now,
        expiresAt: expiresAt === undefined ? endOfGrants(principal) : expiresAt,
        revokedAt: null,
        lastUsedAt: null,
      };
      await keys.insert(tx, made);
      return keep(tx, { ...publicKey(made, now), apiKey: text });
    });
  }

  /** Newest first, also those that ended; never the keys themselves. */
  async list(principal: Principal, query: ListKeysQuery): Promise<Page<ApiKeyView>> {
    const { organizationId, sessionId, state } = query;
    if (organizationId !== undefined && !maySee(principal, { organizationId, sessionId: null })) {
      return { items: [], total: 0, nextCursor: null };
    }
    const now = this.parts.clock.now();
    const filter = { organizationId: principal.organizationId ?? organizationId, sessionId, state };
    const { keys, total } = await this.parts.keys.list(filter, pages.wanted(query), now);
    const { items, nextCursor } = pages.cut(keys, query, ({ createdAt, id }) => ({ at: createdAt.getTime(), id }));
    return { items: items.map((key) => publicKey(key, now)), total, nextCursor };
  }

  async get(principal: Principal, keyId: string): Promise<ApiKeyView> {
    return publicKey(await this.getKey(principal, keyId), this.parts.clock.now());
  }

  /** Only what is named changes. The rules of making a key hold for changing one. */
  async update(principal: Principal, keyId: string, body: UpdateKeyBody): Promise<ApiKeyView> {
    const { clock, keys, onChanged, unitOfWork } = this.parts;
    const { name, rateLimitMax } = body;
    const expiresAt = dateOf(body.expiresAt);
    await unitOfWork.run(async (tx) => {
      const key = await this.getKey(principal, keyId, tx);
      refuseRevoked(key);
      const now = clock.now();
      refuseBeyond(principal, { capabilities: key.capabilities, expiresAt, rateLimitMax }, now);
      const opensAgain = expiresAt !== undefined && stateOfKey(key, now) === 'expired';
      if (opensAgain) await this.requireRoom(tx, key, now);
      await keys.update(tx, keyId, {
        ...(name !== undefined && { name }),
        ...(expiresAt !== undefined && { expiresAt }),
        ...(rateLimitMax !== undefined && { rateLimitMax }),
      });
      if (expiresAt === undefined && rateLimitMax === undefined) return;
      tx.afterCommit(() => onChanged(keyId));
    });
    return this.get(principal, keyId);
  }

  /** From now on the key opens nothing, and what it has open ends. Revoked already is success. */
  async revoke(principal: Principal, keyId: string): Promise<void> {
    const { clock, keys, onRevoked, unitOfWork } = this.parts;
    await unitOfWork.run(async (tx) => {
      await this.getKey(principal, keyId, tx);
      await keys.revoke(tx, keyId, clock.now());
      tx.afterCommit(() => onRevoked(keyId));
    });
  }

  private async getKey(principal: Principal, keyId: string, tx?: Tx): Promise<ApiKey> {
    return requireVisible(principal, await this.parts.keys.find(keyId, tx), `The key "${keyId}"`);
  }

  private async placeOf(tx: Tx, principal: Principal, body: CreateKeyBody): Promise<Owned> {
    const { sessionId } = body;
    if (sessionId !== undefined) {
      const organizationId = await this.parts.directory.findOrganizationOf(sessionId, tx);
      const named = body.organizationId ?? organizationId;
      const session =
        organizationId !== undefined && named === organizationId ? { organizationId, sessionId } : undefined;
      return requireVisible(principal, session, `The session "${sessionId}"`);
    }
    const organizationId = body.organizationId ?? organizationOf(principal);
    const place = { organizationId, sessionId: null };
    if (!maySee(principal, place) || !(await this.parts.organizations.exists(organizationId, tx))) {
      throw notFound(`The organization "${organizationId}"`);
    }
    return place;
  }

  private requireRoom(tx: Tx, place: Owned, now: Date): Promise<void> {
    const quota = place.sessionId === null ? 'organizationKey' : 'sessionKey';
    return this.parts.quotas.require(tx, quota, { ...place, at: now.getTime() });
  }
}

function dateOf(at: string | null | undefined): Date | null | undefined {
  return at === null || at === undefined ? at : new Date(at);
}

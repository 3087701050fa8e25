import assert from 'node:assert/strict';
import { authorize, type Access, type PublicAccess, type SessionDirectory } from '../../server/access/access-rule.js';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { capabilities, type Capability } from '../../server/contract/access.js';
import { AppError } from '../../server/lib/app-error.js';

const directory: SessionDirectory = {
  findOrganizationOf: (sessionId) =>
    Promise.resolve(
      new Map([
        ['acc1', 'default'],
        ['acc2', 'default'],
        ['far', 'other'],
      ]).get(sessionId),
    ),
};

function principal(may: readonly Capability[], sessionId: string | null = null): Principal {
  return {
    id: 'key:k',
    kind: sessionId === null ? 'admin' : 'session',
    organizationId: 'default',
    sessionId,
    capabilities: new Set(may),
    name: 'somebody',
    keyId: 'k',
    expiresAt: null,
    signIn: null,
  };
}

const onSession: Access = { capability: 'send', on: 'session' };
const onOrganization: Access = { capability: 'manage', on: 'organization' };
const onVisible: Access = { capability: 'read', on: 'visible' };
const rootOnly: Access = { root: true };
const all = [...capabilities];

const cases: [
  string,
  Principal,
  Exclude<Access, PublicAccess>,
  string | undefined,
  'allowed' | 'forbidden' | 'not_found',
][] = [
  ['root uses any session', rootPrincipal, onSession, 'far', 'allowed'],
  ['root meets 404 for one that does not exist', rootPrincipal, onSession, 'none', 'not_found'],
  ['an admin uses a session of its organization', principal(all), onSession, 'acc1', 'allowed'],
  ['an admin does not find a session of another one', principal(all), onSession, 'far', 'not_found'],
  ['a reader finds a session and may not post on it', principal(['read']), onSession, 'acc1', 'forbidden'],
  ['a reader does not learn whether a far session exists', principal(['read']), onSession, 'far', 'not_found'],
  ['a session key uses its session', principal(all, 'acc1'), onSession, 'acc1', 'allowed'],
  ['a session key does not find its neighbour', principal(all, 'acc1'), onSession, 'acc2', 'not_found'],
  ['a session key may not manage the organization', principal(all, 'acc1'), onOrganization, undefined, 'forbidden'],
  ['an admin manages its organization', principal(all), onOrganization, undefined, 'allowed'],
  ['a sender may not manage the organization', principal(['read', 'send']), onOrganization, undefined, 'forbidden'],
  ['a session key sees what is narrowed to it', principal(all, 'acc1'), onVisible, undefined, 'allowed'],
  ['who may not read sees nothing', principal(['send']), onVisible, undefined, 'forbidden'],
  ['an admin is not root', principal(all), rootOnly, undefined, 'forbidden'],
  ['root is root', rootPrincipal, rootOnly, undefined, 'allowed'],
  ['a rule on a session without one lets nobody in', rootPrincipal, onSession, undefined, 'not_found'],
];

describe('who may do what', () => {
  for (const [title, who, access, sessionId, expected] of cases) {
    it(title, async () => {
      const outcome = await authorize(who, access, sessionId, directory).then(
        () => 'allowed',
        (error: unknown) => (error instanceof AppError ? error.code : error),
      );
      assert.equal(outcome, expected);
    });
  }
});

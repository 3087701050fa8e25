import type { Capability, CreatedApiKey } from '../../server/contract/access.js';
import type { TestServer } from './test-server.js';
import type { LoginService } from '../access/login-service.js';
import { signInWith } from '../access/signed-in.js';

/** Whom a test lets try: what it presents, and in the plainest words what it should see and be able to do. */
export interface Caller {
  title: string;
  /** What stands in the request; undefined for nothing at all. */
  credential: string | undefined;
  /** What a browser sends by itself, from a page of the server. */
  cookie?: string;
  /** Whether the credential opens anything. */
  valid: boolean;
  root: boolean;
  /** null: every organization. */
  organizationId: string | null;
  /** null: every session of those. */
  sessionId: string | null;
  may: readonly Capability[];
}

/** Sessions of the world below: two of one organization, one of another. */
export const world = {
  own: { sessionId: 'own', organizationId: 'acme' },
  neighbour: { sessionId: 'neighbour', organizationId: 'acme' },
  foreign: { sessionId: 'foreign', organizationId: 'globex' },
} as const;

const all: readonly Capability[] = ['read', 'send', 'manage'];
const subsets: readonly Capability[][] = [
  ['read'],
  ['send'],
  ['manage'],
  ['read', 'send'],
  ['read', 'manage'],
  ['send', 'manage'],
  ['read', 'send', 'manage'],
];
const longAgo = '2020-01-01T00:00:00.000Z';

/** Two organizations with their sessions, which do not run. Returns the key that came with each session. */
export async function makeWorld(server: TestServer): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const id of ['acme', 'globex']) {
    await server.request.post('/api/organizations').send({ id, name: id }).expect(201);
  }
  for (const { sessionId, organizationId } of Object.values(world)) {
    const admin = await makeKey(server, { organizationId, name: `maker of ${sessionId}` });
    const answer = await server.anonymous
      .post('/api/sessions')
      .set('x-api-key', admin.apiKey)
      .send({ sessionId, sessionName: sessionId, authMethod: 'qrcode', start: false })
      .expect(201);
    keys.set(sessionId, (answer.body as { data: { apiKey: string } }).data.apiKey);
    await server.request.delete(`/api/keys/${admin.id}`).expect(204);
  }
  return keys;
}

export async function makeKey(server: TestServer, body: object): Promise<CreatedApiKey> {
  const answer = await server.request
    .post('/api/keys')
    .send({ name: 'a key', capabilities: all, ...body })
    .expect(201);
  return (answer.body as { data: CreatedApiKey }).data;
}

/** Every kind of caller there is. `expire` makes a key end, which the API rightly refuses to do for the past. */
export async function makeCallers(
  server: TestServer,
  logins: LoginService,
  sessionKeys: ReadonlyMap<string, string>,
  expire: (keyId: string, at: Date) => Promise<void>,
): Promise<Caller[]> {
  const nobody = { valid: false, root: false, organizationId: 'acme', sessionId: null, may: [] };
  const claims = { organization: 'acme', role: 'admin', name: 'Ann' };
  const revoked = await makeKey(server, { organizationId: 'acme' });
  const expired = await makeKey(server, { organizationId: 'acme' });
  const revokedSession = await makeKey(server, { sessionId: 'own' });
  await server.request.delete(`/api/keys/${revoked.id}`).expect(204);
  await server.request.delete(`/api/keys/${revokedSession.id}`).expect(204);
  await expire(expired.id, new Date(longAgo));
  const callers: Caller[] = [
    { ...nobody, title: 'nobody', credential: undefined },
    { ...nobody, title: 'a wrong key', credential: 'wrong' },
    { ...nobody, title: 'a key that was never made', credential: `wamk_${'A'.repeat(43)}` },
    { ...nobody, title: 'a revoked admin key', credential: revoked.apiKey },
    { ...nobody, title: 'an expired admin key', credential: expired.apiKey },
    { ...nobody, title: 'a revoked session key', credential: revokedSession.apiKey },
    { ...nobody, title: 'a login that is over', credential: await logins.token(claims, { expiresIn: -3_600 }) },
    { ...nobody, title: 'a login for elsewhere', credential: await logins.token(claims, { audience: 'another' }) },
    { ...nobody, title: 'a forged login', credential: await logins.forgedToken(claims) },
    { ...nobody, title: 'an unsigned login', credential: logins.unsignedToken(claims) },
    {
      title: 'root',
      credential: server.apiKey,
      valid: true,
      root: true,
      organizationId: null,
      sessionId: null,
      may: all,
    },
  ];
  const admin = async (organizationId: string, may: readonly Capability[]): Promise<void> => {
    const { apiKey } = await makeKey(server, { organizationId, capabilities: may });
    callers.push({
      title: `an admin key of ${organizationId} (${may.join('+')})`,
      credential: apiKey,
      valid: true,
      root: false,
      organizationId,
      sessionId: null,
      may,
    });
  };
  for (const may of subsets) await admin('acme', may);
  await admin('globex', all);

  const session = (
    place: { sessionId: string; organizationId: string },
    credential: string,
    may: readonly Capability[],
  ) => {
    const title = `a key of the session ${place.sessionId} (${may.join('+')})`;
    callers.push({ ...place, title, credential, valid: true, root: false, may });
  };
  for (const place of Object.values(world)) session(place, sessionKeys.get(place.sessionId) ?? '', all);
  for (const may of [['read'], ['read', 'send']] as const) {
    session(world.own, (await makeKey(server, { sessionId: 'own', capabilities: may })).apiKey, may);
  }

  const roles = { viewer: ['read'], operator: ['read', 'send'], admin: all } as const;
  for (const [role, may] of Object.entries(roles)) {
    for (const organization of role === 'admin' ? ['acme', 'globex'] : ['acme']) {
      callers.push({
        title: `a login as ${role} of ${organization}`,
        valid: true,
        root: false,
        credential: await logins.token({ organization, role, name: role }),
        organizationId: organization,
        sessionId: null,
        may,
      });
    }
  }
  const signedIn = async (title: string, isLike: (caller: Caller) => boolean): Promise<void> => {
    const like = callers.find(isLike);
    const cookie = await signInWith(server.url, like?.credential ?? '');
    if (like) callers.push({ ...like, title, credential: undefined, cookie });
  };
  await signedIn('somebody signed in as root', ({ root }) => root);
  await signedIn(
    'somebody signed in with the key of a session',
    ({ sessionId, valid }) => valid && sessionId === 'own',
  );
  const { apiKey, id } = await makeKey(server, { organizationId: 'acme' });
  const cookie = await signInWith(server.url, apiKey);
  await server.request.delete(`/api/keys/${id}`).expect(204);
  callers.push({ ...nobody, title: 'somebody signed in with a key that was revoked', credential: undefined, cookie });
  return callers;
}

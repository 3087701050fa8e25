import assert from 'node:assert/strict';
import { ConfigError, loadConfig } from '../../server/config.js';

const base = { API_KEY: 'a-key-long-enough-to-be-one' };
const complete = {
  ...base,
  JWKS_URL: 'https://login.example/jwks.json',
  JWT_ISSUER: 'https://login.example/',
  JWT_AUDIENCE: 'statuscast, other',
};

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}

describe('the settings of logins', () => {
  it('let nobody in with a token unless they are given', () => {
    assert.equal(loadConfig(base).jwt, null);
  });

  it('have defaults for everything but the service, its name and ours', () => {
    assert.deepEqual(loadConfig(complete).jwt, {
      jwksUrl: new URL('https://login.example/jwks.json'),
      issuer: 'https://login.example/',
      audiences: ['statuscast', 'other'],
      claimNames: { organization: 'organization', role: 'role', name: 'name' },
      clockToleranceMs: 30_000,
      createOrganizations: false,
    });
  });

  it('need issuer and audience: or tokens made for other programs would do', () => {
    const problems = problemsOf({ ...base, JWKS_URL: complete.JWKS_URL });
    assert.equal(problems.length, 2);
    assert.match(problems.join(), /JWT_ISSUER.*JWT_AUDIENCE/);
    assert.equal(problemsOf({ ...complete, JWT_AUDIENCE: ' , ' }).length, 1);
  });

  it('fetch keys over https only, except from this machine', () => {
    assert.equal(problemsOf({ ...complete, JWKS_URL: 'http://login.example/jwks.json' }).length, 1);
    assert.deepEqual(problemsOf({ ...complete, JWKS_URL: 'http://127.0.0.1:8080/jwks.json' }), []);
    assert.equal(problemsOf({ ...complete, JWKS_URL: 'ftp://login.example/' }).length, 1);
    assert.equal(problemsOf({ ...complete, JWKS_URL: 'login' }).length, 1);
  });

  it('take true or false for new organizations', () => {
    assert.equal(loadConfig({ ...complete, JWT_CREATE_ORGANIZATIONS: 'true' }).jwt?.createOrganizations, true);
    assert.equal(problemsOf({ ...complete, JWT_CREATE_ORGANIZATIONS: 'maybe' }).length, 1);
  });
});

import assert from 'node:assert/strict';
import { readClaims } from '../../server/access/login-claims.js';

const names = { organization: 'organization', role: 'role', name: 'name' };
const genuine = { sub: 'user-1', organization: 'acme', role: 'viewer' };

function loginOf(claims: Record<string, unknown>, claimNames = names) {
  const read = readClaims({ ...genuine, ...claims }, claimNames);
  assert.ok('login' in read, JSON.stringify(read));
  return read.login;
}

describe('the claims of a login', () => {
  it('name a person by what can be shown, and not without end', () => {
    const long = 'n'.repeat(101);
    const cases: [object, string][] = [
      [{ name: 'Ann', email: 'ann@acme.example' }, 'Ann'],
      [{ name: ' \u0007 ', email: 'ann@acme.example' }, 'ann@acme.example'],
      [{ name: '', email: '' }, 'user-1'],
      [{ name: ['Ann'], email: 7 }, 'user-1'],
      [{ name: long }, 'n'.repeat(100)],
      [{ sub: long }, 'n'.repeat(100)],
    ];
    for (const [claims, name] of cases) assert.equal(loginOf({ ...claims }).name, name, JSON.stringify(claims));
    assert.equal(loginOf({ sub: long }).subject, long, 'two people with long ids are two');
  });

  it('are read at the place that is named, and from nothing that objects have by themselves', () => {
    const nested = { 'a.b': 'flat', a: { b: 'nested', list: ['one'] } };
    const at = (organization: string) => {
      const read = readClaims({ ...genuine, ...nested }, { ...names, organization });
      return 'login' in read ? read.login.organizationId : read.problem;
    };
    assert.deepEqual(['a.b', 'a.list'].map(at), ['flat', 'one']);
    assert.equal(loginOf({ a: { b: 'nested' } }, { ...names, organization: 'a.b' }).organizationId, 'nested');
    for (const nowhere of ['a.none', 'constructor.name', 'a.b.c', 'toString']) {
      assert.match(at(nowhere), /no organization/, nowhere);
    }
  });

  it('give the highest of several roles, and none that is only like one', () => {
    assert.equal(loginOf({ role: ['viewer', 'operator'] }).role, 'operator');
    assert.equal(loginOf({ role: ['viewer', 'admin', 'operator'] }).role, 'admin');
    for (const role of ['Admin', 'admin viewer', ['administrator'], { admin: true }, [['admin']], undefined]) {
      assert.ok('problem' in readClaims({ ...genuine, role }, names), JSON.stringify(role));
    }
  });

  it('belong to one person and one organization, or let nobody in', () => {
    for (const claims of [
      { sub: '' },
      { sub: 7 },
      { sub: undefined },
      { organization: '' },
      { organization: [] },
      { organization: ['acme', 'globex'] },
      { organization: { id: 'acme' } },
      { organization: 'a b' },
    ]) {
      assert.ok('problem' in readClaims({ ...genuine, ...claims }, names), JSON.stringify(claims));
    }
  });
});

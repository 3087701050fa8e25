import assert from 'node:assert/strict';
import { ShortLinks } from '../../server/clicks/short-links.js';

const code = 'AAAAAAAAAAAA';
const link = { code, target: 'https://a.example/x', statusId: 'S1', sessionId: 'acc1', organizationId: 'default' };
type Row = (typeof link & { isTakenBack: boolean }) | undefined;

describe('where short addresses lead', () => {
  let nowMs = 0;
  let asked: string[] = [];
  let answer: (code: string) => Promise<Row>;
  const open = () => new ShortLinks({ find: (one) => (asked.push(one), answer(one)) }, () => nowMs);

  beforeEach(() => {
    nowMs = 0;
    asked = [];
    answer = () => Promise.resolve({ ...link, isTakenBack: false });
  });

  it('is remembered for seconds, and is then looked up again', async () => {
    const links = open();
    assert.deepEqual(await links.find(code), { result: 'found', link });
    nowMs = 9_999;
    assert.deepEqual(await links.find(code), { result: 'found', link });
    assert.equal(asked.length, 1);
    answer = () => Promise.resolve({ ...link, isTakenBack: true });
    nowMs = 10_000;
    assert.deepEqual(await links.find(code), { result: 'ended' });
    nowMs = 20_001;
    answer = () => Promise.resolve(undefined);
    assert.deepEqual(await links.find(code), { result: 'unknown' });
    assert.ok(!links.isKept(code));
  });

  it('is known from before while the database fails or does not answer', async () => {
    const links = open();
    await links.find(code);
    nowMs = 60_000;
    answer = () => Promise.reject(new Error('locked'));
    assert.deepEqual(await links.find(code), { result: 'found', link });
    answer = () => new Promise(() => undefined);
    assert.deepEqual(await links.find(code), { result: 'found', link });
    answer = () => Promise.reject(new Error('locked'));
    assert.deepEqual(await links.find('BBBBBBBBBBBB'), { result: 'unavailable' });
  });

  it('is asked for once by many at a time, and by no more than the database can take', async () => {
    const links = open();
    await Promise.all(Array.from({ length: 50 }, () => links.find(code)));
    assert.deepEqual(asked, [code]);
    let release = (): void => undefined;
    answer = () => new Promise((resolve) => (release = () => resolve(undefined)));
    const codes = Array.from({ length: 201 }, (_none, index) => `B${String(index).padStart(11, '0')}`);
    const found = codes.map((one) => links.find(one));
    assert.deepEqual(await found[200], { result: 'unavailable' });
    assert.equal(asked.length, 201);
    release();
    assert.deepEqual(await found[199], { result: 'unknown' });
    assert.deepEqual(await links.find(code), { result: 'found', link });
  });

  it('is remembered of so many only, those that were asked for last', async () => {
    const links = open();
    const codes = Array.from({ length: 10_000 }, (_none, index) => `B${String(index).padStart(11, '0')}`);
    const [first = '', second = '', ...others] = codes;
    for (const one of [first, second, ...others]) await links.find(one);
    await links.find(first);
    await links.find(code);
    assert.deepEqual(
      [first, second, code].map((one) => links.isKept(one)),
      [true, false, true],
    );
  });

  it('is not asked for what is no code', async () => {
    const links = open();
    for (const wrong of [
      '',
      'AAAAAAAAAAA',
      `${code}A`,
      `${code}\n`,
      'AAAAAAAAAAA/',
      'AAAAAAAAAAA%',
      'x'.repeat(100_000),
    ]) {
      assert.deepEqual(await links.find(wrong), { result: 'unknown' });
    }
    assert.deepEqual(asked, []);
  });

  for (const target of [
    'javascript:alert(1)',
    '//evil.example',
    'https://me:pw@evil.example',
    'data:text/html,x',
    '',
  ]) {
    it(`is nowhere for ${JSON.stringify(target)}, however it came into the database`, async () => {
      answer = () => Promise.resolve({ ...link, target, isTakenBack: false });
      assert.deepEqual(await open().find(code), { result: 'unknown' });
    });
  }
});

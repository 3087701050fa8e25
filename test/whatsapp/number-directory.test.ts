import assert from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { NumberDirectory, findAndTell, pairsOf } from '../../server/whatsapp/address-book/number-directory.js';
import { createLogger } from '../../server/lib/logger.js';
import { UnansweredError } from '../../server/whatsapp/gateway.js';

type Answer = { jid?: string; contact?: string; type?: string; lid?: string; error?: true };

describe('which LID belongs to a number', () => {
  let nowMs: number;
  let asked: string[][];
  let answers: Record<string, Answer> | undefined;
  let kept: Record<string, string>;
  let changed: unknown[];
  let directory: NumberDirectory;

  const userOf = ({ jid, contact = '', type = 'in', lid, error }: Answer): BinaryNode => ({
    tag: 'user',
    attrs: jid === undefined ? {} : { jid },
    content: [
      {
        tag: 'contact',
        attrs: { type },
        content: error ? [{ tag: 'error', attrs: { code: '400' } }] : Buffer.from(contact),
      },
      ...(lid === undefined ? [] : [{ tag: 'lid', attrs: { val: lid } }]),
    ],
  });
  const child = (node: BinaryNode | undefined, tag: string): BinaryNode | undefined =>
    (node?.content as BinaryNode[]).find((one) => one.tag === tag);
  const query = (iq: BinaryNode): Promise<BinaryNode | undefined> => {
    const users = child(child(iq, 'usync'), 'list')?.content as BinaryNode[];
    const numbers = users.map((user) => child(user, 'contact')?.content as string);
    asked.push(numbers);
    const told = answers;
    if (told === undefined) return Promise.resolve(undefined);
    const list = { tag: 'list', attrs: {}, content: numbers.flatMap((one) => (told[one] ? [userOf(told[one])] : [])) };
    return Promise.resolve({ tag: 'iq', attrs: {}, content: [{ tag: 'usync', attrs: {}, content: [list] }] });
  };
  beforeEach(() => {
    nowMs = 1_000;
    asked = [];
    kept = {};
    changed = [];
    answers = {};
    const socket = {
      query,
      generateMessageTag: () => 'tag',
      ws: { isOpen: true },
      signalRepository: {
        lidMapping: { storeLIDPNMappings: (pairs: unknown[]) => Promise.resolve(changed.push(...pairs)) },
      },
    };
    const keys = {
      get: (_kind: string, ids: string[]) =>
        Promise.resolve(Object.fromEntries(ids.flatMap((id) => (kept[id] === undefined ? [] : [[id, kept[id]]])))),
      set: (data: { 'lid-mapping': Record<string, string> }) =>
        Promise.resolve(void Object.assign(kept, data['lid-mapping'])),
    };
    directory = new NumberDirectory({ socket: socket as never, auth: { keys: keys as never }, nowMs: () => nowMs });
  });

  const anna = '4915100000001';
  const ben = '4915100000002';
  const here = (number: string, lid: string): Answer => ({
    jid: `${number}@s.whatsapp.net`,
    contact: `+${number}`,
    lid: `${lid}@lid`,
  });

  it('is asked once, of those only of whom nothing is known, and kept both ways', async () => {
    answers = { [`+${anna}`]: here(anna, '71'), [`+${ben}`]: here(ben, '72') };
    const facts = { exists: true, phoneNumber: anna, lid: '71' };
    assert.deepEqual(await directory.find([anna, anna]), new Map([[anna, facts]]));
    assert.deepEqual(kept, { [anna]: '71', '71_reverse': anna });
    const both = await directory.find([anna, ben]);
    assert.deepEqual([both.get(anna), both.get(ben)?.lid], [facts, '72']);
    assert.deepEqual(asked, [[`+${anna}`], [`+${ben}`]]);
    await directory.find([anna, ben]);
    assert.equal(asked.length, 2);
  });

  it('is asked of all when it is to be fresh, and changes what was known', async () => {
    kept = { [anna]: '71', '71_reverse': anna };
    answers = { [`+${anna}`]: here(anna, '99'), [`+${ben}`]: here(ben, '72') };
    assert.equal((await directory.find([anna, ben], true)).get(anna)?.lid, '99');
    assert.deepEqual(asked, [[`+${anna}`, `+${ben}`]]);
    assert.deepEqual(changed, [{ pn: `${anna}@s.whatsapp.net`, lid: '99@lid' }]);
    assert.equal((await directory.check(ben))?.lid, '72');
    assert.equal(asked.length, 2, 'a check always asks');
    answers = { [`+${anna}`]: here(anna, '71') };
    await directory.check(anna);
    assert.equal(changed.length, 1, 'what is known already is no change');
  });

  it('is not asked again for ten minutes of somebody who has none', async () => {
    answers = { [`+${anna}`]: { contact: `+${anna}`, type: 'out' }, [`+${ben}`]: { contact: `+${ben}` } };
    const nobody = { exists: false, phoneNumber: anna, lid: null };
    assert.deepEqual(
      [...(await directory.find([anna, ben])).values()],
      [nobody, { exists: true, phoneNumber: ben, lid: null }],
    );
    nowMs += 599_999;
    assert.deepEqual((await directory.find([anna])).get(anna), nobody);
    assert.equal(asked.length, 1);
    nowMs += 1;
    await directory.find([anna]);
    assert.equal(asked.length, 2);
  });

  it('is found by another way to write the number; the LID leads back to the one of WhatsApp', async () => {
    const [written, own] = ['5511987654321', '551187654321'];
    answers = { [`+${written}`]: { jid: `${own}@s.whatsapp.net`, contact: `+${written}`, lid: '81@lid' } };
    const facts = { exists: true, phoneNumber: own, lid: '81' };
    assert.deepEqual((await directory.find([written])).get(written), facts);
    assert.deepEqual(kept, { [own]: '81', '81_reverse': own, [written]: '81' });
    assert.deepEqual(pairsOf(new Map([[written, facts]])), [{ phoneNumber: own, lid: '81', writtenAs: written }]);
    kept = { [own]: '81', '81_reverse': own };
    assert.deepEqual((await directory.find([written])).get(written), facts);
    assert.equal(asked.length, 1, 'it was known by its other form');
    kept = { [own]: '81', '81_reverse': own, [written]: '80' };
    await directory.find([written], true);
    assert.equal(kept[written], '81', 'the way it is written led to somebody else before');
  });

  it('is that of the number each answer names: as it was asked, or by its address in another form', async () => {
    const [written, own] = ['5511987654321', '551187654321'];
    answers = {
      [`+${anna}`]: { ...here(anna, '71'), jid: '555@s.whatsapp.net' },
      [`+${ben}`]: { ...here(ben, '72'), contact: '' },
      [`+${written}`]: { ...here(own, '81'), contact: '' },
    };
    const found = await directory.find([anna, ben, written]);
    assert.deepEqual(
      [anna, ben, written].map((number) => found.get(number)?.lid),
      ['71', '72', '81'],
    );
  });

  it('is missing where the answer is an error or there is none; silence is not taken for "none"', async () => {
    answers = { [`+${anna}`]: { contact: `+${anna}`, error: true } };
    assert.deepEqual(await directory.find([anna, ben]), new Map());
    assert.equal(await directory.check(anna), undefined);
    assert.deepEqual(await directory.find([]), new Map());
    assert.equal(asked.length, 2);
    answers = undefined;
    await assert.rejects(directory.find([anna]), UnansweredError);
  });

  it('is told to the listener before it is answered; without an answer nothing is', async () => {
    answers = { [`+${anna}`]: here(anna, '71'), [`+${ben}`]: { contact: `+${ben}`, type: 'out' } };
    const told: unknown[] = [];
    const listener = { onAddressPairs: (pairs: unknown[]) => Promise.resolve(void told.push(pairs)) };
    const parts = { listener, logger: createLogger({ logLevel: 'silent' }) };
    assert.equal((await findAndTell(directory, [anna, ben], parts))?.size, 2);
    assert.deepEqual(told, [[{ phoneNumber: anna, lid: '71' }]]);
    await findAndTell(directory, [ben], parts);
    assert.equal(told.length, 1);
    const failing = { onAddressPairs: () => Promise.reject(new Error('not kept')) };
    await assert.rejects(findAndTell(directory, [anna], { ...parts, listener: failing }), /not kept/);
    answers = undefined;
    assert.equal(await findAndTell(directory, ['4915100000009'], parts), undefined);
  });
});

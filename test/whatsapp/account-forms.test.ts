import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { AccountForms } from '../../server/whatsapp/address-book/account-forms.js';
import { AccountFormsStore } from '../../server/whatsapp/address-book/account-forms-store.js';
import { type FormName, formAfter, formOf } from '../../server/whatsapp/address-book/address-forms.js';
import type { AccountIdentity } from '../../server/whatsapp/gateway.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/sample-rows.js';

const withLid: AccountIdentity = {
  jid: '4900@s.whatsapp.net',
  lid: '900@lid',
  phoneNumber: '4900',
  deviceId: 3,
  pushName: null,
  platform: null,
};
const withoutLid = { ...withLid, lid: null };
const weekMs = 7 * 24 * 60 * 60 * 1000;

describe('the forms of address of a post', () => {
  it('come one after another, and end', () => {
    const ladder = (account: AccountIdentity): FormName[] => {
      const names: FormName[] = [];
      for (let form = formOf(account, undefined), next; ; form = next) {
        names.push(form.name);
        next = formAfter(account, form.name) ?? { name: 'lids' as const };
        if (!('server' in next)) return names;
      }
    };
    assert.deepEqual(ladder(withLid), ['lids', 'lids_with_keys', 'numbers_with_keys', 'small_chunks']);
    assert.deepEqual(ladder(withoutLid), ['numbers', 'numbers_with_keys', 'small_chunks']);
  });

  it('are those of the account: a name that its ladder does not have is its first', () => {
    assert.equal(formOf(withoutLid, 'lids_with_keys').name, 'numbers');
    assert.equal(formOf(withLid, 'numbers').name, 'lids');
    assert.deepEqual(formOf(withLid, 'small_chunks'), {
      name: 'small_chunks',
      server: 'lid',
      keys: 'everybody',
      maxChunk: 25,
    });
    assert.equal(formOf(withoutLid, 'small_chunks').server, 's.whatsapp.net');
    assert.equal(formOf(withLid, 'numbers_with_keys').server, 's.whatsapp.net');
  });
});

describeOnEveryDatabase('the form that WhatsApp takes from an account', (open) => {
  let db: Database;
  let store: AccountFormsStore;
  let nowMs: number;
  beforeEach(async () => {
    db = await open();
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, { sessionId });
    store = new AccountFormsStore(db);
    nowMs = Date.UTC(2026, 6, 1);
  });
  const forms = (sessionId = 'acc1'): AccountForms =>
    new AccountForms({ sessionId, store, clock: { now: () => new Date(nowMs) } });
  const first = async (of = forms()): Promise<FormName> => (await of.first(withLid)).name;
  const learned = (): Promise<unknown> => db('account_forms').select('session_id', 'form').orderBy('session_id');

  it('is the first one until a refusal teaches another, which each account learns for itself', async () => {
    const of = forms();
    assert.equal(await first(of), 'lids');
    await of.worked(withLid, 'lids', 'lids');
    assert.deepEqual(await learned(), []);
    await of.worked(withLid, 'numbers_with_keys', 'lids');
    assert.deepEqual(
      [await first(of), await first(), await first(forms('acc2'))],
      ['numbers_with_keys', 'numbers_with_keys', 'lids'],
    );
    await of.worked(withLid, 'small_chunks', 'numbers_with_keys');
    assert.equal(await first(), 'small_chunks');
    assert.equal((await forms().first(withoutLid)).name, 'small_chunks');
  });

  it('is remembered for a week, also after a clock was wrong, and not prolonged by use', async () => {
    await forms().worked(withLid, 'numbers_with_keys', 'lids');
    nowMs += weekMs - 1;
    const of = forms();
    assert.equal(await first(of), 'numbers_with_keys');
    await of.worked(withLid, 'numbers_with_keys', 'numbers_with_keys');
    assert.equal(await first(), 'numbers_with_keys');
    nowMs += 1;
    assert.equal(await first(), 'lids');
    nowMs -= 2 * weekMs;
    assert.equal(await first(), 'lids');
  });

  it('is forgotten when the first one is taken again, of that account only', async () => {
    for (const id of ['acc1', 'acc2']) await forms(id).worked(withLid, 'numbers_with_keys', 'lids');
    nowMs += weekMs;
    const of = forms();
    assert.equal(await first(of), 'lids');
    await of.worked(withLid, 'lids', 'lids');
    assert.deepEqual(await learned(), [{ session_id: 'acc2', form: 'numbers_with_keys' }]);
  });

  it('is the first one where the one that is stored is not known', async () => {
    await db('account_forms').insert({ session_id: 'acc1', form: 'of_tomorrow', learned_at: nowMs });
    assert.equal(await first(), 'lids');
    await forms().worked(withLid, 'lids_with_keys', 'lids');
    assert.equal(await first(), 'lids_with_keys');
  });
});

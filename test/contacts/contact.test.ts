import assert from 'node:assert/strict';
import {
  folded,
  isNobody,
  searchTermsOf,
  sortNameOf,
  withChange,
  type ContactRecord,
} from '../../server/contacts/contact.js';

const nobody: ContactRecord = {
  personId: 'p',
  phoneNumber: '919812345678',
  savedName: null,
  verifiedName: null,
  pushName: null,
  isSaved: false,
  inChat: false,
  savedAt: null,
};

describe('contacts', () => {
  it('are found and sorted whatever the case and the accents', () => {
    assert.equal(folded('  Zoë   ÅBERG '), 'zoe aberg');
    assert.equal(folded('ZOE\u0308'), folded('Zoë'));
  });

  it('are sorted by the saved name, else a verified one, else the push name, and last those with only a number', () => {
    const saved = sortNameOf({ ...nobody, savedName: 'Zoë', pushName: 'Anna' });
    const pushed = sortNameOf({ ...nobody, pushName: 'Änne' });
    const verified = sortNameOf({ ...nobody, verifiedName: 'Bakery', pushName: 'Zz' });
    assert.deepEqual([sortNameOf(nobody), saved, pushed, verified].sort(), [
      '1anne',
      '1bakery',
      '1zoe',
      '2919812345678',
    ]);
  });

  it('are searched for as words, and as digits of a number however it is written', () => {
    assert.deepEqual(searchTermsOf(' Ada L'), ['ada l']);
    assert.deepEqual(searchTermsOf('+91 98123-456'), ['+91 98123-456', '9198123456']);
    assert.deepEqual(searchTermsOf('  '), []);
    assert.deepEqual(searchTermsOf(undefined), []);
  });

  it('stay the same object when the phone says nothing new', () => {
    const known = { ...nobody, savedName: 'Ada', isSaved: true };
    assert.equal(withChange(known, { savedName: 'Ada' }), known);
    assert.equal(withChange(nobody, { pushName: 'ada' }).isSaved, false);
    const business = withChange(nobody, { verifiedName: 'Ada Ltd' });
    assert.deepEqual([business.verifiedName, isNobody(business)], ['Ada Ltd', false]);
    assert.equal(withChange(business, { verifiedName: 'Ada Ltd' }), business);
    assert.equal(withChange(business, { pushName: 'ada' }).verifiedName, 'Ada Ltd');
    assert.equal(withChange(nobody, { savedName: 'Ada' }).isSaved, true);
  });
});

import assert from 'node:assert/strict';
import { deviceJid, parseJid, personOfJid, signalAddress } from '../../server/whatsapp/wire/addresses.js';

describe('addresses on the wire', () => {
  const people: [jid: string | null | undefined, person: ReturnType<typeof personOfJid>][] = [
    ['4915112345678@s.whatsapp.net', { phoneNumber: '4915112345678', lid: null }],
    ['4915112345678:12@s.whatsapp.net', { phoneNumber: '4915112345678', lid: null }],
    ['4915112345678_1:12@s.whatsapp.net', { phoneNumber: '4915112345678', lid: null }],
    ['4915112345678.0:12@s.whatsapp.net', { phoneNumber: '4915112345678', lid: null }],
    ['4915112345678@c.us', { phoneNumber: '4915112345678', lid: null }],
    ['4915112345678:99@hosted', { phoneNumber: '4915112345678', lid: null }],
    ['900000000000001@lid', { phoneNumber: null, lid: '900000000000001' }],
    ['900000000000001:3@lid', { phoneNumber: null, lid: '900000000000001' }],
    ['900000000000001:99@hosted.lid', { phoneNumber: null, lid: '900000000000001' }],
    ['status@broadcast', undefined],
    ['120363000000000000@g.us', undefined],
    ['4915112345678-1400000000@g.us', undefined],
    ['4915112345678@newsletter', undefined],
    ['server@s.whatsapp.net', undefined],
    ['123456789012345678901@lid', undefined],
    ['s.whatsapp.net', undefined],
    ['@s.whatsapp.net', undefined],
    ['4915112345678:123456@s.whatsapp.net', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ];
  for (const [jid, person] of people) {
    it(`${String(jid)} is ${person ? 'a person, without the device' : 'nobody'}`, () => {
      assert.deepEqual(personOfJid(jid), person);
    });
  }

  it('name the device, which is 0 where none is named', () => {
    assert.deepEqual(parseJid('49:7@s.whatsapp.net'), { user: '49', server: 's.whatsapp.net', deviceId: 7 });
    assert.equal(parseJid('49@s.whatsapp.net')?.deviceId, 0);
    assert.deepEqual([deviceJid('49', 'lid', 0), deviceJid('49', 'lid', 7)], ['49@lid', '49:7@lid']);
  });

  it('are other names in the stores of keys for a number and for a LID', () => {
    assert.equal(signalAddress('49:7@s.whatsapp.net'), '49.7');
    assert.equal(signalAddress('49:7@lid'), '49_1.7');
    assert.equal(signalAddress('49@lid'), '49_1.0');
    assert.throws(() => signalAddress('s.whatsapp.net'));
  });
});

import assert from 'node:assert/strict';
import { setImmediate as immediate } from 'node:timers/promises';
import { memoryAuthState } from '../../bench/memory-auth-state.js';
import type { AccountIdentity, AddressPair, FoundNumber, PersonAddress } from '../../server/whatsapp/gateway.js';
import {
  addressOf,
  devicesToReach,
  ownUserOf,
  resolveRecipients,
  usersOf,
} from '../../server/whatsapp/publishing/audience-chunk.js';
import type { AuthState } from '../../server/whatsapp/credentials/auth-state.js';

describe('the people of a post', () => {
  const account: AccountIdentity = {
    jid: '4900@s.whatsapp.net',
    lid: '900@lid',
    phoneNumber: '4900',
    deviceId: 3,
    pushName: null,
    platform: null,
  };
  const person = (phoneNumber: string | null, lid: string | null): PersonAddress => ({ phoneNumber, lid });
  const onWhatsApp: Record<string, FoundNumber> = {
    '491': { exists: true, phoneNumber: '491', lid: '71' },
    '492': { exists: true, phoneNumber: '492', lid: null },
    '493': { exists: false, phoneNumber: '493', lid: null },
    '5511987654321': { exists: true, phoneNumber: '551187654321', lid: '74' },
  };
  let asked: [readonly string[], boolean | undefined][];
  let told: AddressPair[];
  let order: string[];
  async function resolve(people: PersonAddress[], server: 'lid' | 's.whatsapp.net', afresh = false) {
    [asked, told, order] = [[], [], []];
    const auth = memoryAuthState();
    await auth.keys.set({ 'lid-mapping': { '75_reverse': '495' } });
    const found = await resolveRecipients(
      {
        auth: auth as AuthState,
        numbers: {
          find: (numbers, again) => {
            asked.push([numbers, again]);
            return Promise.resolve(
              new Map(numbers.flatMap((one) => (onWhatsApp[one] ? [[one, onWhatsApp[one]] as const] : []))),
            );
          },
        },
        onAddressPairs: async (pairs) => {
          await immediate();
          order.push('told');
          told.push(...pairs);
        },
      },
      people,
      server,
      afresh,
    );
    order.push('resolved');
    assert.deepEqual(
      found.map((one) => one.person),
      people,
    );
    return found.map(({ user, outcome }) => [user, outcome]);
  }

  const people = [
    person('491', null),
    person('492', null),
    person('493', null),
    person('499', null),
    person(null, '75'),
    person(null, '76'),
    person('491', '70'),
    person('5511987654321', null),
  ];

  it('are named by their LIDs, with what became of those who have none', async () => {
    assert.deepEqual(await resolve(people, 'lid'), [
      ['71', 'included'],
      [undefined, 'no_lid'],
      [undefined, 'not_on_whatsapp'],
      [undefined, 'no_lid'],
      ['75', 'included'],
      ['76', 'included'],
      ['71', 'included'],
      ['74', 'included'],
    ]);
    assert.deepEqual(asked, [[['491', '492', '493', '499', '5511987654321'], false]]);
    const pairs = [
      { phoneNumber: '491', lid: '71' },
      { phoneNumber: '551187654321', lid: '74', writtenAs: '5511987654321' },
    ];
    assert.deepEqual([told, order], [pairs, ['told', 'resolved']]);
  });

  it('are named by the numbers that WhatsApp knows, also those of whom a LID is known', async () => {
    assert.deepEqual(await resolve(people, 's.whatsapp.net'), [
      ['491', 'included'],
      ['492', 'included'],
      [undefined, 'not_on_whatsapp'],
      ['499', 'included'],
      ['495', 'included'],
      [undefined, 'no_number'],
      ['491', 'included'],
      ['551187654321', 'included'],
    ]);
  });

  it('are asked about again only where that is wanted: a LID that is known is taken', async () => {
    assert.deepEqual(await resolve([person('491', '70')], 'lid'), [['70', 'included']]);
    assert.deepEqual([asked, told], [[], []]);
    assert.deepEqual(await resolve([person('491', '70'), person('492', '72')], 'lid', true), [
      ['71', 'included'],
      ['72', 'included'],
    ]);
    assert.deepEqual(asked, [[['491', '492'], true]]);
  });

  it('are told of with both addresses, as far as they are known', () => {
    const of = (one: PersonAddress, user: string | undefined, server: 'lid' | 's.whatsapp.net') =>
      addressOf({ person: one, user, outcome: 'included' }, server);
    assert.deepEqual(of(person('491', null), '71', 'lid'), person('491', '71'));
    assert.deepEqual(of(person('491', '70'), '71', 'lid'), person('491', '71'));
    assert.deepEqual(of(person(null, '75'), '495', 's.whatsapp.net'), person('495', '75'));
    assert.deepEqual(
      of(person('5511987654321', null), '551187654321', 's.whatsapp.net'),
      person('5511987654321', null),
    );
    assert.deepEqual(of(person('493', null), undefined, 'lid'), person('493', null));
  });

  it('are addressed once each, and without the account itself', () => {
    const recipient = (user: string | undefined) =>
      ({ person: person(user ?? null, null), user, outcome: 'included' }) as const;
    const recipients = ['71', '900', undefined, '72', '71'].map(recipient);
    assert.deepEqual(usersOf(recipients, '900'), ['71', '72']);
  });

  it('have all their devices reached; of the account’s own, the phone and all but the sending one', () => {
    const known = (user: string, deviceIds: number[] | undefined) => ({
      user,
      deviceIds,
      keyId: null,
      keyHolders: [],
      refused: [],
      refusedUntil: 0,
    });
    for (const [user, listed, reached] of [
      ['71', [0, 3], [0, 3]],
      ['71', [3], [3]],
      ['71', undefined, []],
      ['900', [0, 3, 5], [0, 5]],
      ['900', [3, 5], [0, 5]],
      ['900', [], [0]],
      ['900', undefined, [0]],
    ] as const) {
      const found = devicesToReach(known(user, listed?.slice()), account, '900');
      assert.deepEqual(found, reached, JSON.stringify([user, listed]));
    }
  });

  it('name the account by its LID where that is the form, or by its number without one', () => {
    assert.equal(ownUserOf(account, 'lid'), '900');
    assert.equal(ownUserOf(account, 's.whatsapp.net'), '4900');
    assert.equal(ownUserOf({ ...account, lid: null }, 'lid'), '4900');
  });
});

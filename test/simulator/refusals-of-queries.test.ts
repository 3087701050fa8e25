import { equal } from 'node:assert/strict';
import { proto, type BinaryNode } from '@whiskeysockets/baileys';
import { childOf } from '../../simulator/wire/node.js';
import { AskingDevice, refusesEach, type WrongQuery } from './asking-device.js';
import { node } from './raw-client.js';

const phoneNumber = '4915112345678';

describe('what the simulator refuses of a linked device’s requests', () => {
  const device = new AskingDevice(phoneNumber);
  const refuses = (...wrong: WrongQuery[]): void => refusesEach(device, wrong);
  before(() => device.link());
  beforeEach(() => device.refusals.clear());
  after(() => device.leave());

  describe('altogether', () => {
    it('one without an id', async () => {
      device.wire.send(node('iq', { to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' }));
      const answer = await device.wire.received(({ tag, attrs }) => tag === 'iq' && attrs['type'] === 'error');
      equal(childOf(answer, 'error')?.attrs['code'], '400');
      await device.refusals.only({ rule: 'iq', says: /a request without an id/, from: device.itself });
    });

    refuses({
      name: 'one that nobody serves',
      xmlns: 'w:unheard:of',
      type: 'get',
      content: () => [node('what')],
      code: '501',
      rule: 'unknown-namespace',
      says: /nobody serves "w:unheard:of" \(what\)/,
    });
  });

  describe('about people', () => {
    const usync = (protocols: string[], users: BinaryNode[]): BinaryNode[] => [
      node('usync', { sid: '1', mode: 'query' }, [
        node(
          'query',
          {},
          protocols.map((tag) => node(tag)),
        ),
        node('list', {}, users),
      ]),
    ];
    const get = { xmlns: 'usync', type: 'get', rule: 'usync' } as const;
    refuses(
      {
        ...get,
        name: 'no query',
        content: () => [node('usync', {}, [node('list')])],
        code: '400',
        says: /a usync request without a query/,
      },
      {
        ...get,
        name: 'a protocol that does not exist',
        content: () => usync(['devices', 'shoes'], []),
        code: '400',
        says: /usync does not serve "shoes"/,
      },
      {
        ...get,
        name: 'a user who is a group',
        content: () => usync(['devices'], [node('user', { jid: 'friends@g.us' })]),
        code: '400',
        says: /"friends@g\.us" is nobody's address/,
      },
      {
        ...get,
        name: 'a number without digits',
        content: () => usync(['contact'], [node('user', {}, [node('contact', {}, '+hello')])]),
        code: '400',
        says: /"@s\.whatsapp\.net" is nobody's address/,
      },
      {
        ...get,
        name: 'a town at once',
        content: () =>
          usync(
            ['devices'],
            Array.from({ length: 20_001 }, () => node('user')),
          ),
        code: '406',
        says: /20001 users in one query/,
      },
    );
  });

  describe('for the synchronised state', () => {
    const sync = (...collections: BinaryNode[]): BinaryNode[] => [node('sync', {}, collections)];
    const patch = (version: number, bytes: Uint8Array): BinaryNode =>
      node('collection', { name: 'regular', version: String(version) }, [node('patch', {}, bytes)]);
    const empty = proto.SyncdPatch.encode({ mutations: [] }).finish();
    const set = { xmlns: 'w:sync:app:state', type: 'set', rule: 'app-state' } as const;
    refuses(
      {
        ...set,
        name: 'no collection',
        content: () => sync(),
        code: '400',
        says: /a sync request without collections/,
      },
      {
        ...set,
        name: 'a collection that does not exist',
        content: () => sync(node('collection', { name: 'secrets', version: '0' })),
        code: '400',
        says: /there is no collection "secrets"/,
      },
      {
        ...set,
        name: 'a version that was never reached',
        content: () => sync(node('collection', { name: 'regular', version: '1' })),
        code: '409',
        says: /version 1 of regular was never reached/,
      },
      {
        ...set,
        name: 'a patch for another version',
        content: () => sync(patch(3, empty)),
        code: '409',
        says: /a patch for version 3 of regular, which is at 0/,
      },
      {
        ...set,
        name: 'a patch that is none',
        content: () => sync(patch(0, Buffer.from([0xff]))),
        code: '409',
        says: /the patch for regular does not decode/,
      },
      {
        ...set,
        name: 'more patches than a server keeps',
        content: () => sync(...Array.from({ length: 10_001 }, (_, version) => patch(version, empty))),
        code: '409',
        says: /regular holds 10000 patches already/,
      },
    );
  });

  describe('about the account', () => {
    const blocklist = { xmlns: 'blocklist', type: 'set', rule: 'blocklist', code: '400' } as const;
    const jid = '4915187654321@s.whatsapp.net';
    refuses(
      {
        name: 'a privacy request about nothing',
        xmlns: 'privacy',
        type: 'get',
        content: () => [node('what')],
        code: '400',
        rule: 'privacy',
        says: /a privacy request that asks for nothing known/,
      },
      {
        name: 'a privacy category without a value',
        xmlns: 'privacy',
        type: 'set',
        content: () => [node('privacy', {}, [node('category', { name: 'last' })])],
        code: '400',
        rule: 'privacy',
        says: /a privacy category needs a name and a value/,
      },
      {
        ...blocklist,
        name: 'to block a group',
        content: () => [node('item', { action: 'block', jid: 'friends@g.us' })],
        says: /a blocklist change names nobody/,
      },
      {
        ...blocklist,
        name: 'to scold somebody',
        content: () => [node('item', { action: 'scold', jid })],
        says: /the blocklist action "scold" is unknown/,
      },
      {
        name: 'an about text without end',
        xmlns: 'status',
        type: 'set',
        content: () => [node('status', {}, Buffer.alloc(701, 'x'))],
        code: '400',
        rule: 'about',
        says: /an about text of 701 characters/,
      },
      {
        name: 'a request about statuses that nobody makes',
        xmlns: 'status',
        type: 'get',
        content: () => [node('what')],
        code: '400',
        rule: 'status-namespace',
        says: /a request about statuses that asks for nothing known/,
      },
      {
        name: 'a picture request without a picture',
        xmlns: 'w:profile:picture',
        type: 'get',
        content: () => [],
        code: '400',
        rule: 'picture',
        says: /a picture request without a picture/,
      },
      {
        name: 'a media host for something else',
        xmlns: 'w:m',
        type: 'set',
        content: () => [node('what')],
        code: '400',
        rule: 'media',
        says: /a w:m request that does not ask for media_conn/,
      },
      {
        name: 'a query that is no JSON',
        xmlns: 'w:mex',
        type: 'get',
        content: () => [node('query', { query_id: '1' }, Buffer.from('{'))],
        code: '400',
        rule: 'mex',
        says: /a w:mex request without a JSON query/,
      },
      {
        name: 'a query that nobody serves',
        xmlns: 'w:mex',
        type: 'get',
        content: () => [node('query', { query_id: '12345' }, Buffer.from('{}'))],
        code: '501',
        rule: 'mex',
        says: /the query 12345 is not served/,
      },
    );

    it('to block more people than a blocklist holds', async () => {
      const people = Array.from({ length: 10_000 }, (_, index) =>
        node('iq', { id: `b${index}`, to: '@s.whatsapp.net', type: 'set', xmlns: 'blocklist' }, [
          node('item', { action: 'block', jid: `${4_900_000_000_000 + index}@s.whatsapp.net` }),
        ]),
      );
      for (let from = 0; from < people.length; from += 1_000) {
        device.wire.send(...people.slice(from, from + 1_000));
        const last = `b${from + 999}`;
        equal((await device.wire.received(({ attrs }) => attrs['id'] === last)).attrs['type'], 'result');
      }
      equal(await device.ask('blocklist', 'set', [node('item', { action: 'block', jid })]), '419');
      await device.refusals.only({ rule: 'blocklist', says: /the blocklist is full/, from: device.itself });
    });
  });

  describe('to unlink', () => {
    const md = { xmlns: 'md', type: 'set' } as const;
    const removal = (jid: string): BinaryNode[] => [node('remove-companion-device', { jid, reason: 'user_initiated' })];
    before(() => void device.simulator.controls.linking.addAccount({ phoneNumber: '4915187654321' }));
    refuses(
      {
        ...md,
        name: 'something else than a device',
        content: () => [node('what')],
        code: '400',
        rule: 'md',
        says: /an md request that asks for nothing known/,
      },
      {
        ...md,
        name: 'a device of somebody else',
        content: () => removal('4915187654321:1@s.whatsapp.net'),
        code: '403',
        rule: 'logout',
        says: /a device may only remove devices of its own account/,
      },
      {
        ...md,
        name: 'a device of nobody',
        content: () => removal('somebody'),
        code: '403',
        rule: 'logout',
        says: /a device may only remove devices of its own account/,
      },
      {
        ...md,
        name: 'a device that is not there',
        content: () => removal(`${phoneNumber}:7@s.whatsapp.net`),
        code: '404',
        rule: 'logout',
        says: /there is no device 7/,
      },
    );
  });
});

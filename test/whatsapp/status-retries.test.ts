import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { createLogger } from '../../server/lib/logger.js';
import type { AccountIdentity, RetryRequest } from '../../server/whatsapp/gateway.js';
import { RetryAnswers } from '../../server/whatsapp/publishing/retry-answers.js';
import { StatusRetries } from '../../server/whatsapp/publishing/status-retries.js';

describe('requests of devices that could not open a status', () => {
  const own: AccountIdentity = {
    jid: '4915100000000@s.whatsapp.net',
    lid: '900@lid',
    phoneNumber: '4915100000000',
    deviceId: 3,
    pushName: null,
    platform: null,
  };
  let ws: EventEmitter;
  let account: AccountIdentity | undefined;
  let allows: boolean;
  let asked: RetryRequest[];
  let resent: unknown[];
  let acknowledged: string[];
  let passed: string[];
  let hold: Promise<void>;
  let retries: StatusRetries;
  beforeEach(() => {
    ws = new EventEmitter();
    ws.on('CB:receipt', (node: BinaryNode) => passed.push(node.attrs['id'] ?? ''));
    [account, allows, asked, resent, acknowledged, passed, hold] = [own, true, [], [], [], [], Promise.resolve()];
    retries = new StatusRetries({
      socket: {
        ws,
        sendNode: (node: BinaryNode) => Promise.resolve(void acknowledged.push(node.attrs['id'] ?? '')),
      } as never,
      account: () => account,
      lidOf: (phoneNumber) => Promise.resolve(phoneNumber === '4915100000001' ? '71' : null),
      allow: (request) => {
        asked.push(request);
        return Promise.resolve(allows);
      },
      statusOf: async (id) => {
        await hold;
        return { S1: 'S1', REVOKE: 'S1' }[id];
      },
      resend: (...values) => {
        resent.push(values.slice(0, 3));
        return Promise.resolve(true);
      },
      isPrivate: (id) => Promise.resolve(id === 'L1'),
      resendPrivately: (...values) => {
        resent.push(['privately', ...values.slice(0, 3)]);
        return Promise.resolve(true);
      },
      answers: new RetryAnswers(),
      sessionId: 'acc1',
      logger: createLogger({ logLevel: 'silent' }),
    });
  });

  const retry = (count?: string): BinaryNode => ({ tag: 'retry', attrs: count === undefined ? {} : { count } });
  const asks = async (attrs: Record<string, string>, content: BinaryNode[] = [retry('1')]): Promise<void> => {
    ws.emit('CB:receipt', {
      tag: 'receipt',
      content,
      attrs: { id: 'S1', from: 'status@broadcast', participant: '71@lid', type: 'retry', ...attrs },
    });
    await retries.drain();
  };
  const resentTo = (jid: string, attempt = 1): unknown => ['S1', { jid, attempt }, undefined];

  it('are answered, and acknowledged then', async () => {
    await asks({ participant: '71:5@lid' }, [retry('3')]);
    const person = { phoneNumber: null, lid: '71' };
    assert.deepEqual(asked, [{ messageId: 'S1', person, attempt: 3, isRevoke: false }]);
    assert.deepEqual(resent, [resentTo('71:5@lid', 3)]);
    assert.deepEqual([acknowledged, passed], [['S1'], []]);
  });

  it('are answered for a private message of ours as well, which nobody has to allow', async () => {
    allows = false;
    await asks({ id: 'L1', from: '71:5@lid', participant: undefined } as never, [retry('2')]);
    assert.deepEqual(resent, [['privately', 'L1', { jid: '71:5@lid', attempt: 2 }, undefined]]);
    assert.deepEqual([asked, acknowledged, passed], [[], ['L1'], []]);
    await asks({ id: 'L2', from: '71:5@lid', participant: undefined } as never);
    assert.deepEqual([resent.length, passed], [1, ['L2']], 'of any other message Baileys may know');
    await asks({ id: 'L1', from: '900:0@lid', recipient: '71@lid', participant: undefined } as never);
    assert.deepEqual(resent[1], ['privately', 'L1', { jid: '900@lid', attempt: 1 }, undefined], 'a device of our own');
  });

  it('get nothing where the person may not have it, and are acknowledged all the same', async () => {
    allows = false;
    await asks({});
    assert.deepEqual([asked.length, resent, acknowledged], [1, [], ['S1']]);
    allows = true;
    for (let nth = 0; nth < 12; nth += 1) await asks({});
    assert.equal(resent.length, 10, 'what was refused does not count');
    assert.equal(acknowledged.length, 13);
    await asks({ participant: '71:2@lid' });
    assert.equal(resent.length, 11, 'another device is another one');
  });

  it('are used up by one device and one message, whatever name the device uses', async () => {
    for (let nth = 0; nth < 10; nth += 1) {
      await asks({ participant: nth % 2 === 0 ? '71:4@lid' : '4915100000001:4@s.whatsapp.net' });
    }
    assert.equal(resent.length, 10);
    await asks({ participant: '71.1:4@lid' });
    await asks({ participant: '4915100000001:4@s.whatsapp.net' });
    assert.equal(resent.length, 10);
    await asks({ id: 'REVOKE', participant: '71:4@lid' });
    assert.equal(resent.length, 11);
  });

  it('of the account’s own devices need nobody’s leave, whichever name they use', async () => {
    allows = false;
    await asks({ participant: '900:7@lid' });
    await asks({ participant: '4915100000000:8@s.whatsapp.net' });
    assert.deepEqual(resent, [resentTo('900:7@lid'), resentTo('4915100000000:8@s.whatsapp.net')]);
    assert.deepEqual(asked, []);
    account = { ...own, lid: null };
    await asks({ participant: '4915100000004@s.whatsapp.net' });
    assert.equal(asked.length, 1, 'somebody without a LID is not an account without one');
  });

  it('by number are answered by the LID, where the account has one and the person too', async () => {
    await asks({ participant: '4915100000001:4@s.whatsapp.net' });
    await asks({ participant: '4915100000002:4@s.whatsapp.net' });
    account = { ...own, lid: null };
    await asks({ participant: '4915100000001:4@s.whatsapp.net' });
    const jids = ['71:4@lid', '4915100000002:4@s.whatsapp.net', '4915100000001:4@s.whatsapp.net'];
    assert.deepEqual(
      resent,
      jids.map((jid) => resentTo(jid)),
    );
  });

  it('for what takes a status back are asked about the status', async () => {
    await asks({ id: 'REVOKE' });
    assert.deepEqual(asked[0] && [asked[0].messageId, asked[0].isRevoke], ['S1', true]);
  });

  it('that come as for a private message are told apart by their id', async () => {
    await asks({ from: '71:5@lid', participant: '71:5@lid' });
    await asks({ from: '71@lid', participant: '71@lid', id: 'CHAT' });
    await asks({ id: 'FORGOTTEN' });
    assert.deepEqual([resent, acknowledged, passed], [[resentTo('71:5@lid')], ['S1', 'FORGOTTEN'], ['CHAT']]);
  });

  it('are Baileys’ where they cannot be about a status: other receipts, groups, what another device of ours sent', async () => {
    await asks({ type: 'read', id: 'READ' });
    await asks({ from: '1-2@g.us', id: 'GROUP' });
    await asks({ from: '71@lid', recipient: '72@lid', id: 'S1' });
    assert.deepEqual([passed, resent, acknowledged], [['READ', 'GROUP', 'S1'], [], []]);
  });

  for (const count of [undefined, '0', '-1', '1.5', 'x', '101']) {
    it(`with the count ${String(count)} are first ones`, async () => {
      await asks({}, count === undefined ? [] : [retry(count)]);
      assert.equal(asked[0]?.attempt, 1);
    });
  }

  it('before the account is known are acknowledged only', async () => {
    account = undefined;
    await asks({});
    assert.deepEqual([resent, acknowledged], [[], ['S1']]);
  });

  it('bring their keys along, which are used', async () => {
    const bytes = (tag: string, length: number): BinaryNode => ({ tag, attrs: {}, content: Buffer.alloc(length, 7) });
    const skey = { tag: 'skey', attrs: {}, content: [bytes('id', 3), bytes('value', 32), bytes('signature', 64)] };
    const key = { tag: 'key', attrs: {}, content: [bytes('id', 3), bytes('value', 32)] };
    const keys = { tag: 'keys', attrs: {}, content: [bytes('identity', 32), key, skey] };
    await asks({}, [retry('2'), keys, bytes('registration', 4)]);
    const [, , bundle] = resent[0] as [string, unknown, { registrationId: number; preKey: { keyId: number } }];
    assert.deepEqual([bundle.registrationId, bundle.preKey.keyId], [0x07070707, 0x070707]);
  });

  it('beyond a thousand that wait are left to the next attempt', async () => {
    let letGo: () => void = () => undefined;
    hold = new Promise((resolve) => (letGo = resolve));
    const all = Array.from({ length: 1_010 }, (_none, index) => asks({ participant: `${String(1_000 + index)}@lid` }));
    letGo();
    await Promise.all(all);
    assert.equal(resent.length, 1_000);
    await asks({});
    assert.equal(resent.length, 1_001);
  });
});

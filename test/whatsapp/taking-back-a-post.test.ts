import assert from 'node:assert/strict';
import type { RevokeRequest } from '../../server/whatsapp/gateway.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { childOf } from '../../simulator/wire/node.js';
import { PostingAccount } from './posting-account.js';

describe('taking back a post in parts of two', function () {
  this.timeout(60_000);
  let account: PostingAccount;
  before(async () => {
    account = await PostingAccount.open({ chunkSize: 2 });
  });
  after(() => account.close());
  beforeEach(() => account.begin());

  async function takeBack(revokedId: string, people: ContactView[], more: Partial<RevokeRequest> = {}) {
    const told: string[][] = [];
    const messageId = more.messageId ?? account.gateway.gateway.newMessageId(null);
    account.sent.length = 0;
    const outcome = await account.live.connection.revokeStatus({
      messageId,
      revokedId,
      recipients: people.map(({ phoneNumber }) => ({ phoneNumber, lid: null })),
      onChunk: ({ recipients }) => Promise.resolve(void told.push(account.said(recipients))),
      ...more,
    });
    await account.simulator.drain();
    return { messageId, outcome, told };
  }
  const gone = (people: readonly { phoneNumber: string }[], id: string): boolean[] =>
    people.map(({ phoneNumber }) => {
      const found = account.simulator.statuses(phoneNumber).find((one) => one.id === id);
      return (found ?? assert.fail(phoneNumber)).deletedAt !== null;
    });

  it('begins with the own devices, tells of every part, and takes nothing else back', async () => {
    const people = account.contacts('anna', 'ben', 'cleo');
    const [{ messageId: other }, { messageId }] = [await account.post(people), await account.post(people)];
    const { outcome, told } = await takeBack(messageId, people);
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(told, [['anna included', 'ben included'], ['cleo included']]);
    assert.deepEqual(account.stanzas(), ['own@lid with key, anna@lid, ben@lid · skmsg', 'cleo@lid · skmsg']);
    for (const stanza of account.sent) {
      assert.deepEqual([stanza.attrs['edit'], childOf(stanza, 'meta')], ['7', undefined]);
    }
    const everybody = [account.own, ...people];
    assert.deepEqual(gone(everybody, messageId), [true, true, true, true]);
    assert.deepEqual(gone(everybody, other), [false, false, false, false]);
  });

  it('goes on with the others when it is resumed, and keeps the key, whoever else holds it', async () => {
    const people = account.contacts('anna', 'ben', 'cleo', 'dora');
    const { messageId } = await account.post(people);
    const key = await account.keyOf(people[0]?.lid ?? null);
    const first = await takeBack(messageId, people.slice(0, 2));
    await account.reopen();
    const second = await takeBack(messageId, people.slice(2), { messageId: first.messageId, resumed: true });
    assert.equal(second.outcome.result, 'acknowledged');
    assert.deepEqual(account.stanzas(), ['cleo@lid, dora@lid · skmsg']);
    assert.deepEqual(gone([account.own, ...people], messageId), [true, true, true, true, true]);
    assert.equal(await account.keyOf(people[0]?.lid ?? null), key);
  });

  it('that reaches some only says so', async () => {
    const people = account.contacts('anna', 'ben', 'cleo');
    const { messageId } = await account.post(people);
    const { outcome } = await takeBack(messageId, people, {
      onChunk: () => {
        account.simulator.controls.faults.add({ on: 'message', error: '463', times: 1 });
        return Promise.resolve();
      },
    });
    assert.ok(outcome.result === 'partly_sent');
    assert.deepEqual(outcome.rest, { result: 'rejected', code: '463' });
    assert.deepEqual(gone(people, messageId), [true, true, false]);
  });

  it('is done from the own phone also where nobody else got it', async () => {
    const { messageId } = await account.post([]);
    assert.equal((await takeBack(messageId, [])).outcome.result, 'acknowledged');
    assert.deepEqual(gone([account.own], messageId), [true]);
  });
});

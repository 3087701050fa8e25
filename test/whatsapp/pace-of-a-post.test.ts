import assert from 'node:assert/strict';
import { PostingAccount } from './posting-account.js';

describe('the pace of a post', function () {
  this.timeout(60_000);
  let account: PostingAccount;
  afterEach(() => account.close());

  it('has a pause between its parts, which ends with the connection', async () => {
    account = await PostingAccount.open({ chunkSize: 1, chunkPauseMs: 3_600_000 });
    // So many questions have their answers that the next part would be there long since.
    const closeLater = async (): Promise<void> => {
      for (let nth = 0; nth < 20; nth += 1) await account.live.connection.checkNumber(`49151000000${String(nth)}`);
      await account.live.connection.close();
    };
    let closed: Promise<void> | undefined;
    const { outcome } = await account.post(account.contacts('anna', 'ben'), {
      onProgress: ({ done }) => {
        if (done === 1) closed = closeLater();
      },
    });
    await closed;
    assert.ok(outcome.result === 'partly_sent');
    assert.ok(outcome.rest.result === 'not_sent' && outcome.rest.connectionLost);
    assert.equal(account.sent.length, 1);
  });

  it('slows down four times when WhatsApp says that it is too much, and then ends', async () => {
    account = await PostingAccount.open();
    account.simulator.controls.faults.add({ on: 'message', error: '429' });
    const { outcome } = await account.post(account.simulator.addContacts(60));
    assert.ok(outcome.result === 'rejected' && outcome.code === '429');
    assert.deepEqual(account.sizes(), [61, 31, 26, 25, 24]);
  });

  it('is that of small parts where WhatsApp took nothing else', async () => {
    account = await PostingAccount.open();
    await account.teach('small_chunks');
    const { outcome } = await account.post(account.simulator.addContacts(27));
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(account.sizes(), [26, 2]);
  });

  it('has the lists looked up again of those only whose part WhatsApp called incomplete', async () => {
    account = await PostingAccount.open({ chunkSize: 2 });
    const people = account.contacts('anna', 'ben', 'cleo', 'dora');
    await account.post(people);
    account.simulator.controls.faults.add({ on: 'message', phash: '2:x', times: 1 });
    account.questions.length = 0;
    await account.post(people);
    assert.ok(!account.questions.includes('usync'), 'its other part asks for none');
    const rows = account.gateway.db('recipient_devices').where({ listed_at: 0 });
    const outdated: unknown[] = await rows.pluck('user_id');
    assert.deepEqual(new Set(outdated), new Set(people.slice(0, 2).map(({ lid }) => lid)));
  });

  it('gives everybody the key each time where that is wanted', async () => {
    account = await PostingAccount.open({ resendKeys: true });
    const people = account.contacts('anna', 'ben');
    await account.post(people);
    await account.post(people);
    const everybody = 'own@lid with key, anna@lid with key, ben@lid with key · skmsg';
    assert.deepEqual(account.stanzas(), [everybody, everybody]);
    assert.equal(account.questions.filter((one) => one === 'encrypt').length, 1, 'the sessions are there');
  });
});

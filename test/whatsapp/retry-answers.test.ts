import assert from 'node:assert/strict';
import { RetryAnswers } from '../../server/whatsapp/publishing/retry-answers.js';

describe('answers to devices that could not open a status', () => {
  const device = { sessionId: 'acc1', messageId: '3EB0A', jid: '5@lid' };

  it('are used up by one device, one message and one account, each for itself', () => {
    const answers = new RetryAnswers();
    for (let nth = 0; nth < 10; nth++) {
      assert.equal(answers.areUsedUp(device), false, `answer ${String(nth + 1)}`);
      answers.count(device);
    }
    assert.equal(answers.areUsedUp(device), true);
    for (const other of [{ jid: '5:1@lid' }, { messageId: '3EB0B' }, { sessionId: 'acc2' }]) {
      assert.equal(answers.areUsedUp({ ...device, ...other }), false, JSON.stringify(other));
    }
  });

  it('are remembered for the last twenty thousand only', () => {
    const answers = new RetryAnswers();
    for (let nth = 0; nth < 10; nth++) answers.count(device);
    for (let nth = 1; nth < 20_000; nth++) answers.count({ ...device, messageId: String(nth) });
    assert.equal(answers.areUsedUp(device), true);
    answers.count({ ...device, messageId: 'one more' });
    assert.equal(answers.areUsedUp(device), false);
  });

  it('are remembered of those who asked last, not of those who asked first', () => {
    const answers = new RetryAnswers();
    for (let nth = 0; nth < 9; nth++) answers.count(device);
    for (let nth = 1; nth < 20_000; nth++) answers.count({ ...device, messageId: String(nth) });
    answers.count(device);
    answers.count({ ...device, messageId: 'one more' });
    assert.equal(answers.areUsedUp(device), true);
  });
});

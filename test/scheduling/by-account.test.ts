import assert from 'node:assert/strict';
import { byAccount } from '../../server/scheduling/by-account.js';

describe('what is to be done, by account', () => {
  it('keeps the order of the accounts, and of what each has to do', () => {
    const work = ['acc2 1', 'acc1 2', 'acc2 3', 'acc3 4', 'acc1 5'].map((words) => {
      const [sessionId = '', id = ''] = words.split(' ');
      return { sessionId, organizationId: `of ${sessionId}`, id };
    });
    assert.deepEqual(
      byAccount(work).map(({ sessionId, organizationId, items }) => [
        sessionId,
        organizationId,
        items.map(({ id }) => id),
      ]),
      [
        ['acc2', 'of acc2', ['1', '3']],
        ['acc1', 'of acc1', ['2', '5']],
        ['acc3', 'of acc3', ['4']],
      ],
    );
    assert.deepEqual(byAccount([]), []);
  });
});

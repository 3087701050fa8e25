import assert from 'node:assert/strict';
import type { Success } from '../../../server/contract/envelope.js';
import type { Viewer } from '../../../server/contract/viewers.js';
import { eventually } from '../../support/eventually.js';
import { callApi } from '../../support/link-account.js';
import { FieldAccount } from './field-account.js';

/**
 * Field notes 1.3. The simulator answers 479 to mixed forms of address, to the sending device among the recipients and to
 * an addressing mode. Covered elsewhere: 479 is tried once in the other form, afresh (`whatsapp/publishing`).
 */
describe('in the field: numbers and hidden ids', function () {
  this.timeout(60_000);

  for (const withLid of [true, false]) {
    it(`contacts have the status once, the own phone too, from an account ${withLid ? 'with' : 'without'} a LID`, async () => {
      const account = await FieldAccount.open({}, { withLid });
      try {
        const people = account.contacts(3, { devices: 2 });
        for (const content of ['first', 'second']) {
          const status = await account.post(people, content);
          assert.equal(status.state, 'sent', JSON.stringify(status.error));
          for (const person of people) {
            assert.deepEqual(
              account.seen(person, status).map(({ copies, text }) => [copies, text]),
              [[2, content]],
            );
          }
          assert.equal(account.seen(account.own, status).length, 1);
        }
        assert.deepEqual(account.simulator.refusedRules(), []);
      } finally {
        await account.close();
      }
    });
  }

  it('somebody known by number and by hidden id in one audience is addressed in one form, once', async () => {
    const account = await FieldAccount.open();
    try {
      const [anna = '', ben = '', cleo = ''] = account.contacts(3);
      // Their views tell the hidden ids of two of them.
      const first = await account.post([anna, ben]);
      for (const person of [anna, ben]) account.simulator.view(person, first.messageId);
      const second = await account.post([anna, ben, cleo]);
      assert.equal(second.state, 'sent', JSON.stringify(second.error));
      for (const person of [anna, ben, cleo]) {
        assert.deepEqual(
          account.seen(person, second).map(({ copies }) => copies),
          [1],
        );
      }
      assert.deepEqual(account.simulator.refusedRules(), []);
    } finally {
      await account.close();
    }
  });

  it('a contact whose hidden id changed gets the next status under the new one and is one viewer', async () => {
    const account = await FieldAccount.open();
    try {
      const [anna = ''] = account.contacts(1);
      const first = await account.post([anna]);
      account.simulator.view(anna, first.messageId);
      account.simulator.controls.traffic.changeLid(anna, true);
      // WhatsApp says with the ack of this one that the address is out of date.
      await account.post([anna]);
      const third = await account.post([anna]);
      assert.equal(third.state, 'sent', JSON.stringify(third.error));
      await account.untilSeen(anna, third);
      account.simulator.view(anna, third.messageId);
      const path = `/sessions/acc1/statuses/${third.id}/viewers`;
      const viewers = await eventually(async () => {
        const { data } = await callApi<Success<Viewer[]>>(account.server, 'GET', path);
        assert.equal(data.length, 1);
        return data;
      });
      assert.equal(viewers[0]?.number, anna);
      const people = await account.said(third);
      assert.deepEqual(people, ['included']);
    } finally {
      await account.close();
    }
  });
});

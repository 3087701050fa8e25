import assert from 'node:assert/strict';
import type { Status } from '../../../server/contract/statuses.js';
import { eventually } from '../../support/eventually.js';
import { FieldAccount } from './field-account.js';

const hourMs = 60 * 60_000;
/** The first one, and as often as a phone asks again. */
const attempts = 6;

/**
 * Field notes 1.4. Covered elsewhere: nobody but recipients gets an answer, and a deleted status turns up no more
 * (`taking-back`, `whatsapp/publishing`).
 */
describe('in the field: a device that could not open a status', function () {
  this.timeout(60_000);
  let account: FieldAccount;
  before(async () => {
    account = await FieldAccount.open();
  });
  after(() => account.close());

  function failing(phoneNumber: string, times: number, device: number | null = null): void {
    account.simulator.controls.people.person(phoneNumber).contact.retries.forceFailures(times, device);
  }
  /** A status that the contact's phone did not open, however often it asked. */
  async function postUnopened(phoneNumber: string): Promise<Status> {
    failing(phoneNumber, attempts);
    const status = await account.post([phoneNumber]);
    const failures = () => JSON.stringify(account.simulator.controls.refusals()).split(status.messageId).length - 1;
    await eventually(() => failures() >= attempts, { timeoutMs: 10_000, what: 'the phone to give up' });
    assert.deepEqual(account.seen(phoneNumber, status), []);
    return status;
  }
  /** The phone comes back from where it was and asks once more. */
  async function askAgain(phoneNumber: string, { messageId: id }: Status): Promise<void> {
    const { lid } = account.simulator.controls.people.person(phoneNumber);
    const t = String(Math.floor(Date.now() / 1000));
    const participant = `${lid ?? ''}@lid`;
    await account.simulator.ask('POST', `/admin/accounts/${account.own}/stanza`, {
      tag: 'receipt',
      attrs: { id, from: 'status@broadcast', participant, type: 'retry', t },
      content: [{ tag: 'retry', attrs: { count: '1', id, t, v: '1' } }],
    });
  }

  it('opens on a phone that asks again, and no private message is written', async () => {
    const [anna = ''] = account.contacts(1);
    failing(anna, 1);
    const status = await account.post([anna]);
    assert.equal((await account.untilSeen(anna, status)).misaddressed, false);
    assert.deepEqual(account.simulator.controls.chats.messages(anna), []);
  });

  it('opens on a linked device that asks again, as a status and not as a message', async () => {
    const [anna = ''] = account.contacts(1, { devices: 3 });
    failing(anna, 1, 2);
    const status = await account.post([anna]);
    await eventually(() => account.seen(anna, status)[0]?.copies === 3, { what: 'the third device' });
    assert.equal(account.seen(anna, status)[0]?.misaddressed, false);
    assert.deepEqual(account.simulator.controls.chats.messages(anna), []);
  });

  it('opens when the server was restarted before the device asked', async () => {
    const [anna = ''] = account.contacts(1);
    const status = await postUnopened(anna);
    await account.restart();
    await askAgain(anna, status);
    await account.untilSeen(anna, status);
  });

  it('opens for a phone that was away for six hours, and not after two days', async () => {
    const [anna = '', ben = ''] = account.contacts(2);
    const [first, second] = [await postUnopened(anna), await postUnopened(ben)];
    account.clock.putForward(6 * hourMs);
    await askAgain(anna, first);
    await account.untilSeen(anna, first);

    account.clock.putForward(43 * hourMs);
    await askAgain(ben, second);
    // Asked after it, and answered: so was the other one, if it ever is.
    const [cleo = ''] = account.contacts(1);
    failing(cleo, 1);
    await account.untilSeen(cleo, await account.post([cleo]));
    assert.deepEqual(account.seen(ben, second), []);
  });
});

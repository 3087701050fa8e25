import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.js';
import { type LinkedWire, linkWire, text } from './linked-wire.js';

describe('likes of a status, on the wire', function () {
  this.timeout(60_000);
  let simulator: LinkedWire['simulator'];
  let gateway: LinkedWire['gateway'];
  let live: LinkedWire['live'];
  let own: string;
  let stop: LinkedWire['stop'];
  before(async () => {
    ({ simulator, gateway, live, own, stop } = await linkWire());
  });
  after(() => stop());

  async function postToSomebody(): Promise<{ messageId: string; phoneNumber: string }> {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const { phoneNumber } = contact;
    const messageId = gateway.gateway.newMessageId(null);
    const recipients = [{ phoneNumber, lid: null }];
    await live.connection.publishStatus({ messageId, content: text, recipients });
    await simulator.drain();
    return { messageId, phoneNumber };
  }
  const waiting = (): number => simulator.controls.linking.account(own).devices[0]?.unacknowledged ?? -1;
  const told = (messageId: string): unknown[] =>
    live.receipts.flatMap((receipt) =>
      receipt.kind === 'reacted' && receipt.messageId === messageId
        ? [[receipt.person.phoneNumber, receipt.reaction.emoji, receipt.viaChat ?? false]]
        : [],
    );
  async function goAway(): Promise<void> {
    await live.connection.close();
  }
  async function comeBack(): Promise<void> {
    live = gateway.open();
    await live.event('open');
  }

  it('are told one by one while the account is connected, and acknowledged', async () => {
    const { messageId, phoneNumber } = await postToSomebody();
    for (const emoji of ['💚', '😂', '']) simulator.like(phoneNumber, messageId, emoji);
    await eventually(() => {
      const emojis = ['💚', '😂', null];
      assert.deepEqual(
        told(messageId),
        emojis.map((emoji) => [phoneNumber, emoji, false]),
      );
    });
    await eventually(() => waiting() === 0, { what: 'the acknowledgements' });
  });

  it('of the time without a connection come with what waited, in their order', async () => {
    const { messageId, phoneNumber } = await postToSomebody();
    await goAway();
    for (const emoji of ['💚', '😂']) simulator.like(phoneNumber, messageId, emoji);
    await comeBack();
    await eventually(() => {
      assert.deepEqual(
        told(messageId),
        ['💚', '😂'].map((emoji) => [phoneNumber, emoji, false]),
      );
    });
    await eventually(() => waiting() === 0, { what: 'the queue to run empty' });
  });

  it('that could not be recorded come again, though they were opened already', async () => {
    const { messageId, phoneNumber } = await postToSomebody();
    live.recordReceipts = (receipts) =>
      receipts.some(({ kind }) => kind === 'reacted')
        ? Promise.reject(new Error('the disk is full'))
        : Promise.resolve();
    simulator.like(phoneNumber, messageId);
    simulator.view(phoneNumber, messageId);
    await eventually(() => live.receipts.some((receipt) => receipt.messageId === messageId && receipt.kind === 'read'));
    await eventually(() => waiting() === 1, { what: 'the like that is not acknowledged' });
    await goAway();
    assert.deepEqual(told(messageId), []);
    await comeBack();
    await eventually(() => assert.deepEqual(told(messageId), [[phoneNumber, '💚', false]]));
    await eventually(() => waiting() === 0, { what: 'the queue to run empty' });
  });

  it('that come in the chat with their author are told too', async () => {
    const { messageId, phoneNumber } = await postToSomebody();
    simulator.controls.stories.like(phoneNumber, messageId, '🔥', { privately: true });
    await eventually(() => assert.deepEqual(told(messageId), [[phoneNumber, '🔥', true]]));
    await eventually(() => waiting() === 0, { what: 'the acknowledgement' });
  });
});

import assert from 'node:assert/strict';
import { attachedKinds } from '../../simulator/contact/reply-message.js';
import type { ReplyNews } from '../../server/whatsapp/gateway.js';
import { eventually } from '../support/eventually.js';
import { type LinkedWire, linkWire, text } from './linked-wire.js';

describe('replies to a status, on the wire', function () {
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

  async function postToSomebody(devices = 1): Promise<{ statusId: string; phoneNumber: string }> {
    const [contact] = simulator.addContacts({ contacts: [{ devices }] });
    assert.ok(contact);
    const { phoneNumber } = contact;
    const statusId = gateway.gateway.newMessageId(null);
    const recipients = [{ phoneNumber, lid: null }];
    await live.connection.publishStatus({ messageId: statusId, content: text, recipients });
    await simulator.drain();
    return { statusId, phoneNumber };
  }
  const waiting = (): number => simulator.controls.linking.account(own).devices[0]?.unacknowledged ?? -1;
  const allAnswered = (): Promise<void> =>
    eventually(() => assert.equal(waiting(), 0), { what: 'the acknowledgements' });
  const told = (phoneNumber: string): ReplyNews[] =>
    live.replies.filter(({ person }) => person.phoneNumber === phoneNumber);
  const texts = (phoneNumber: string): unknown[] =>
    told(phoneNumber).map((news) => (news.change === 'taken_back' ? null : news.text));

  it('are told while the account is connected, from each device of the person, and acknowledged', async () => {
    const { statusId, phoneNumber } = await postToSomebody(2);
    const ids = [0, 1].map((device) => simulator.controls.stories.reply(phoneNumber, statusId, 'Hello', { device }).id);
    await eventually(() =>
      assert.deepEqual(
        told(phoneNumber).map(({ messageId }) => messageId),
        ids,
      ),
    );
    for (const news of told(phoneNumber)) assert.ok(news.change === 'sent' && news.statusMessageId === statusId);
    await allAnswered();
  });

  it('with a file name it, whatever its kind', async () => {
    const { statusId, phoneNumber } = await postToSomebody();
    for (const kind of attachedKinds) {
      const file = { kind, base64: Buffer.from(kind).toString('base64'), filename: 'offer.pdf' };
      await simulator.controls.replies.reply(phoneNumber, { statusId, file });
    }
    await eventually(() => assert.equal(told(phoneNumber).length, attachedKinds.length));
    const kinds = told(phoneNumber).map((news) => (news.change === 'sent' && news.file ? news.kind : news));
    assert.deepEqual(kinds, [...attachedKinds]);
    await allAnswered();
  });

  it('are told edited and taken back', async () => {
    const { statusId, phoneNumber } = await postToSomebody();
    const { stories } = simulator.controls;
    const { id } = stories.reply(phoneNumber, statusId, 'Hello');
    stories.changeReply(phoneNumber, statusId, id, 'Good morning');
    stories.changeReply(phoneNumber, statusId, id, null);
    await eventually(() => {
      const changes = told(phoneNumber).map(({ messageId, change }) => [messageId, change]);
      assert.deepEqual(changes, [
        [id, 'sent'],
        [id, 'edited'],
        [id, 'taken_back'],
      ]);
    });
    await allAnswered();
  });

  it('of the time without a connection come with what waited, and letters that answer nothing do not', async () => {
    const { statusId, phoneNumber } = await postToSomebody();
    const account = simulator.simulator.controls.linking.account(own);
    await live.connection.close();
    simulator.reply(phoneNumber, statusId, 'One');
    await simulator.ask('POST', `/admin/contacts/${phoneNumber}/write`, { to: account.phoneNumber, text: 'Hello' });
    simulator.reply(phoneNumber, statusId, 'Two');
    live = gateway.open();
    await live.event('open');
    await eventually(() => assert.deepEqual(texts(phoneNumber), ['One', 'Two']));
    await allAnswered();
  });

  it('that could not be recorded come again, though they were opened already', async () => {
    const { statusId, phoneNumber } = await postToSomebody();
    live.recordReplies = () => Promise.reject(new Error('the disk is full'));
    simulator.reply(phoneNumber, statusId, 'Keep me');
    await eventually(() => assert.equal(waiting(), 1), { what: 'the reply that is not acknowledged' });
    await live.connection.close();
    assert.deepEqual(told(phoneNumber), []);
    live = gateway.open();
    await live.event('open');
    await eventually(() => assert.deepEqual(texts(phoneNumber), ['Keep me']));
    await allAnswered();
  });

  it('that cannot be opened are asked for by Baileys and told then', async () => {
    const { statusId, phoneNumber } = await postToSomebody();
    simulator.controls.stories.reply(phoneNumber, statusId, 'Whole at last', { damaged: true });
    await eventually(() => assert.deepEqual(texts(phoneNumber), ['Whole at last']));
    assert.ok(live.connection.health().decryptFailures > 0);
    await allAnswered();
  });
});

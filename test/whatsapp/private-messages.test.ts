import assert from 'node:assert/strict';
import type { PrivateOutcome, PrivateLetter, QuotedMessage } from '../../server/whatsapp/gateway.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { childrenOf } from '../../simulator/wire/node.js';
import { eventually } from '../support/eventually.js';
import { PostingAccount } from './posting-account.js';

const quoted: QuotedMessage = { messageId: '3AREPLY', kind: 'text', text: 'Still open?' };

describe('a private message', function () {
  this.timeout(60_000);
  let account: PostingAccount;
  const typed: string[] = [];
  before(async () => {
    account = await PostingAccount.open();
    account.simulator.controls.traffic.watchStanzas((way, node) => {
      if (way === 'received' && node.tag === 'chatstate') typed.push(childrenOf(node)[0]?.tag ?? '');
      if (way === 'received' && node.tag === 'message') typed.push('message');
    });
  });
  after(() => account.close());
  beforeEach(() => {
    typed.length = 0;
    return account.begin();
  });

  async function write(to: ContactView, more: Partial<PrivateLetter> = {}) {
    const messageId = more.messageId ?? account.gateway.gateway.newMessageId(null);
    const person = { phoneNumber: to.phoneNumber, lid: null };
    const content = { type: 'text', text: 'Until six.' } as const;
    const letter = { messageId, content, quoted, typingMs: 0, ...more };
    const outcome: PrivateOutcome = await account.live.connection.sendPrivately(person, letter);
    await account.simulator.drain();
    return { messageId, outcome };
  }
  const lettersOf = ({ phoneNumber }: { phoneNumber: string }) =>
    account.simulator.controls.chats.messages(phoneNumber);
  const brief = (person: { phoneNumber: string }) =>
    lettersOf(person).map(({ text, quotedId, quotedText, copies }) => ({ text, quotedId, quotedText, copies }));

  it('reaches every device of the person with what it answers, and the own phone as sent from here', async () => {
    const [anna = assert.fail()] = account.simulator.addContacts({ contacts: [{ devices: 2 }] });
    const { messageId, outcome } = await write(anna);
    assert.equal(outcome.result, 'acknowledged');
    const shown = { text: 'Until six.', quotedId: '3AREPLY', quotedText: 'Still open?', copies: 2 };
    assert.deepEqual(brief(anna), [shown]);
    const [own, ...others] = lettersOf(account.own).filter(({ id }) => id === messageId);
    assert.deepEqual(others, []);
    assert.deepEqual([own?.text, own?.sentTo], ['Until six.', `${String(anna.lid)}@lid`]);
    await eventually(() =>
      assert.ok(
        account.live.receipts.some((receipt) => receipt.messageId === messageId && receipt.kind === 'delivered'),
      ),
    );
    account.simulator.controls.chats.read(anna.phoneNumber, messageId);
    await eventually(() =>
      assert.ok(account.live.receipts.some((receipt) => receipt.messageId === messageId && receipt.kind === 'read')),
    );
    assert.deepEqual(account.simulator.refusedRules(), []);
  });

  it('goes to the number of somebody who has no LID', async () => {
    const [noLid = assert.fail()] = account.simulator.addContacts({ contacts: [{ lid: false }] });
    assert.equal((await write(noLid)).outcome.result, 'acknowledged');
    assert.equal(lettersOf(noLid).length, 1);
  });

  it('is the same message when it is sent again under its id', async () => {
    const ben = account.contact('ben');
    const { messageId } = await write(ben);
    await account.reopen();
    const again = await write(ben, { messageId, content: { type: 'text', text: 'Something else' } });
    assert.equal(again.outcome.result, 'acknowledged');
    assert.deepEqual(
      brief(ben).map(({ text, copies }) => [text, copies]),
      [['Until six.', 2]],
    );
  });

  it('comes again for a device that could not open it, also after a new connection, and for nobody else', async () => {
    const [cleo = assert.fail()] = account.simulator.addContacts({ contacts: [{ devices: 2 }] });
    const { retries } = account.simulator.controls.people.person(cleo.phoneNumber).contact;
    retries.forceFailures(2, 1);
    await write(cleo);
    await eventually(() =>
      assert.deepEqual(
        brief(cleo).map(({ copies }) => copies),
        [2],
      ),
    );
    assert.deepEqual(account.live.retries, [], 'nobody is asked whether they may have it: it is theirs');
    const own = account.simulator.controls.people.person(account.own.phoneNumber).contact.retries;
    own.forceFailures(1, 0);
    const { messageId } = await write(cleo);
    await eventually(() =>
      assert.ok(lettersOf(account.own).some(({ id, sentTo }) => id === messageId && sentTo !== null)),
    );
  });

  it('says that it was refused, with the code', async () => {
    const dora = account.contact('dora');
    account.simulator.controls.faults.add({ on: 'message', error: '463', times: 1 });
    assert.deepEqual((await write(dora)).outcome, { result: 'rejected', code: '463' });
  });

  it('shows that we type first, and that we stopped', async () => {
    await write(account.contact('emil'), { typingMs: 20 });
    await eventually(() => assert.deepEqual(typed, ['composing', 'message', 'paused']));
  });

  it('leaves nothing where the person cannot be reached', async () => {
    const [gone = assert.fail()] = account.simulator.addContacts({ contacts: [{ onWhatsApp: false }] });
    const { outcome } = await write(gone);
    assert.deepEqual(
      [outcome.result, outcome.result === 'not_sent' && outcome.because],
      ['not_sent', 'not_on_whatsapp'],
    );
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { proto } from '@whiskeysockets/baileys';
import type { Delivery, Received } from '../../simulator/contact/delivery.js';
import { childOf, type BinaryNode } from '../../simulator/wire/node.js';
import { correspondent, deliveryOf, newPerson, onlyNode, type TestPerson } from './people.js';

const dayMs = 24 * 60 * 60 * 1000;
const noon = Date.UTC(2026, 0, 5, 12);
const authorDevice = 3;

const textPost = (text: string): proto.IMessage => ({
  extendedTextMessage: { text, backgroundArgb: 0xff112233, textArgb: 0xffffffff, font: 6 },
});

/** An author who posts from a linked device, and a reader. */
function scene(options: { devices?: number; readReceipts?: boolean } = {}) {
  const author = newPerson('491510000001', { devices: authorDevice + 1 });
  const reader = newPerson('491510000002', options);
  const post = (message: proto.IMessage, at = noon, id?: string, toDevice = 0): Delivery => {
    const to = correspondent(reader, toDevice);
    const sent = author.contact.writer.post(message, {
      to: [to],
      form: 'lid',
      device: authorDevice,
      at,
      ...(id ? { id } : {}),
    });
    return deliveryOf(onlyNode(sent), author, authorDevice, to, at);
  };
  const revoke = (id: string, at = noon): Delivery => {
    const to = correspondent(reader);
    const sent = author.contact.writer.revokePost(id, { to: [to], form: 'lid', device: authorDevice, at });
    return deliveryOf(onlyNode(sent), author, authorDevice, to, at);
  };
  return { author, reader: reader.contact, readerPerson: reader, post, revoke };
}

function reasonsOf(received: Received): string {
  return `${received.content.result}: ${received.refusals.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ')}`;
}

function only<T>(values: readonly T[]): T {
  assert.equal(values.length, 1);
  const [value] = values;
  assert.ok(value);
  return value;
}

describe('a simulated contact', () => {
  it('decrypts a text status, shows its look, and confirms the delivery', () => {
    const { reader, post, author } = scene();
    const delivery = post(textPost('Hello there'));
    const received = reader.receive(delivery);
    assert.ok(received.content.result === 'story', reasonsOf(received));
    const { story } = received.content;
    assert.equal(story.content?.text, 'Hello there');
    assert.equal(story.content.backgroundArgb, 0xff112233);
    assert.equal(story.content.textArgb, 0xffffffff);
    assert.equal(story.content.font, 6);
    assert.deepEqual(story.author, { phoneNumber: author.phoneNumber, lid: author.lid });
    assert.deepEqual(only(received.answers), {
      tag: 'receipt',
      attrs: {
        from: 'status@broadcast',
        participant: delivery.addressedAs,
        id: delivery.messageId,
        t: String(noon / 1000),
      },
    });
  });

  it('shows a status once that arrives on two devices, and the same delivery twice only counts', () => {
    const { reader, post } = scene({ devices: 2 });
    const onPhone = post(textPost('Hello'), noon, 'ID1');
    const onComputer = post(textPost('Hello'), noon, 'ID1', 1);
    const first = reader.receive(onPhone);
    const second = reader.receive(onComputer);
    assert.ok(first.content.result === 'story' && second.content.result === 'story');
    assert.deepEqual([first.content.isNew, second.content.isNew], [true, false]);
    assert.equal(second.answers[0]?.attrs['participant'], onComputer.addressedAs);
    assert.equal(reader.receive(onPhone).content.result, 'duplicate');
    const story = only(reader.stories.list(noon));
    assert.deepEqual([...story.devices], [0, 1]);
    assert.equal(story.copies, 3);
  });

  it('refuses another content under a known id, and an id of somebody else', () => {
    const { reader, readerPerson, post } = scene();
    reader.receive(post(textPost('Hello'), noon, 'ID1'));
    assert.match(reasonsOf(reader.receive(post(textPost('Changed'), noon, 'ID1'))), /another content/);
    const other = newPerson('491510000009');
    const to = correspondent(readerPerson);
    const foreign = onlyNode(
      other.contact.writer.post(textPost('Mine'), { to: [to], form: 'pn', at: noon, id: 'ID1' }),
    );
    assert.match(reasonsOf(reader.receive(deliveryOf(foreign, other, 0, to, noon))), /somebody else/);
  });

  it('drops a status that its author takes back, and refuses the revoke of a stranger or of nothing', () => {
    const { reader, readerPerson, post, revoke } = scene();
    const delivery = post(textPost('Oops'), noon, 'ID1');
    reader.receive(delivery);
    const early = reader.receive(revoke('ID2'));
    assert.match(reasonsOf(early), /no status ID2/);
    assert.equal(childOf(only(early.answers), 'retry')?.attrs['error'], '13', 'phones ask for the revoke again');
    reader.receive(post(textPost('Late'), noon, 'ID2'));
    assert.equal(reader.receive(revoke('ID2')).content.result, 'deleted');
    const stranger = newPerson('491510000009');
    const to = correspondent(readerPerson);
    const forged = onlyNode(stranger.contact.writer.revokePost('ID1', { to: [to], form: 'lid', at: noon }));
    assert.match(reasonsOf(reader.receive(deliveryOf(forged, stranger, 0, to, noon))), /only its author/);
    assert.equal(reader.receive(revoke('ID1')).content.result, 'deleted');
    const viewed = reader.view(['ID1'], { at: noon, form: 'lid' });
    assert.match(viewed.ok ? 'viewed' : viewed.reason, /deleted/);
    assert.ok(reader.stories.list(noon).every(({ deletedAt }) => deletedAt !== null));
  });

  it('forgets stories after 24 hours', () => {
    const { reader, post } = scene();
    reader.receive(post(textPost('Hello'), noon, 'ID1'));
    assert.equal(reader.stories.list(noon + dayMs - 1).length, 1);
    const late = reader.view(['ID1'], { at: noon + dayMs, form: 'lid' });
    assert.equal(late.ok, false);
    assert.equal(reader.stories.list(noon + dayMs).length, 0);
  });
});

describe('a simulated contact who opens stories', () => {
  it('sends a read receipt from each device asked for, several stories in one list', () => {
    const { reader, readerPerson, post } = scene({ devices: 2 });
    reader.receive(post(textPost('One'), noon, 'ID1'));
    reader.receive(post(textPost('Two'), noon, 'ID2'));
    const viewed = reader.view(['ID1', 'ID2'], { at: noon + 5000, form: 'pn', devices: [0, 1] });
    assert.ok(viewed.ok);
    assert.deepEqual(
      viewed.receipts.map(({ attrs }) => attrs['participant']),
      [`${readerPerson.phoneNumber}@s.whatsapp.net`, `${readerPerson.phoneNumber}:1@s.whatsapp.net`],
    );
    const [receipt] = viewed.receipts;
    assert.equal(receipt?.attrs['type'], 'read');
    assert.equal(receipt.attrs['id'], 'ID1');
    assert.deepEqual(childOf(childOf(receipt, 'list'), 'item')?.attrs, { id: 'ID2' });
    assert.deepEqual(
      viewed.stories.map(({ viewedAt }) => viewedAt),
      [noon + 5000, noon + 5000],
    );
  });

  it('cannot open what never came', () => {
    const { reader } = scene();
    const viewed = reader.view(['NOPE'], { at: noon, form: 'lid' });
    assert.match(viewed.ok ? 'viewed' : viewed.reason, /has no status NOPE/);
  });

  it('sends nothing when read receipts are off, although the story counts as seen', () => {
    const { reader, post } = scene({ readReceipts: false });
    reader.receive(post(textPost('Hello'), noon, 'ID1'));
    const viewed = reader.view(['ID1'], { at: noon, form: 'lid' });
    assert.ok(viewed.ok);
    assert.deepEqual(viewed.receipts, []);
    assert.equal(reader.stories.find('ID1', noon)?.viewedAt, noon);
  });

  it('can receive without decrypting when nobody watches', () => {
    const { reader, post } = scene();
    reader.watched = false;
    const received = reader.receive(post(textPost('Hello'), noon, 'ID1'));
    assert.ok(received.content.result === 'story');
    assert.equal(received.content.story.content, null);
    assert.equal(received.answers.length, 1);
    assert.equal(reader.view(['ID1'], { at: noon, form: 'lid' }).ok, true);
  });
});

describe('a simulated contact who answers', () => {
  const toAuthor = (author: TestPerson) => ({
    to: [correspondent(author, authorDevice), correspondent(author, 0)],
    form: 'lid' as const,
    at: noon,
  });

  it('likes and takes the like back, encrypted for each of the author’s devices', () => {
    const { reader, readerPerson, author, post } = scene();
    reader.receive(post(textPost('Hello'), noon, 'ID1'));
    for (const emoji of ['💚', '']) {
      const options = toAuthor(author);
      const sent = reader.writer.like('ID1', emoji, options);
      assert.ok(sent.ok, sent.ok ? '' : sent.reason);
      assert.deepEqual(
        sent.messages.map(({ to }) => to.deviceId),
        [authorDevice, 0],
      );
      for (const { to, node } of sent.messages) {
        assert.equal(node.attrs['type'], 'reaction');
        assert.equal(childOf(node, 'enc')?.attrs['decrypt-fail'], 'hide');
        const received = author.contact.receive(deliveryOf(node, readerPerson, 0, to, noon));
        assert.deepEqual(received.content, { result: 'reaction', statusId: 'ID1', emoji });
      }
    }
    assert.equal(reader.stories.find('ID1', noon)?.likedWith, null);
    const again = reader.writer.like('ID1', '', toAuthor(author));
    assert.match(again.ok ? 'sent' : again.reason, /no like/);
  });

  it('replies with a private message that quotes the story', () => {
    const { reader, readerPerson, author, post } = scene();
    reader.receive(post(textPost('Hello'), noon, 'ID1'));
    const to = correspondent(author, authorDevice);
    const node = onlyNode(reader.writer.reply('ID1', 'Nice!', { to: [to], form: 'lid', at: noon }));
    assert.equal(node.attrs['from'], `${reader.person.lid ?? ''}@lid`);
    assert.equal(node.attrs['sender_pn'], `${reader.person.phoneNumber}@s.whatsapp.net`);
    const received = author.contact.receive(deliveryOf(node, readerPerson, 0, to, noon));
    assert.ok(received.content.result === 'message', reasonsOf(received));
    assert.equal(received.content.message.text, 'Nice!');
    assert.equal(received.content.message.quotedStatusId, 'ID1');
  });

  it('says in words that nobody could be reached', () => {
    const { reader, post } = scene();
    reader.receive(post(textPost('Hello'), noon, 'ID1'));
    const nobody = { phoneNumber: '49', deviceId: 0, takeBundle: () => undefined };
    const sent = reader.writer.reply('ID1', 'Nice!', { to: [nobody], form: 'lid', at: noon });
    assert.match(sent.ok ? 'sent' : sent.reason, /the server has no prekeys for it/);
  });
});

describe('a simulated contact refuses', () => {
  it('a linked device without, or with a forged, device identity', () => {
    const { reader, author, post } = scene();
    const delivery = post(textPost('Hello'));
    assert.match(reasonsOf(reader.receive({ ...delivery, deviceIdentity: undefined })), /without device-identity/);
    const foreign = newPerson('491510000009', { devices: authorDevice + 1 });
    const forged = foreign.contact.findDevice(authorDevice)?.deviceIdentity() ?? undefined;
    assert.match(reasonsOf(reader.receive({ ...delivery, deviceIdentity: forged })), /account signature/);
    const otherAccount = { ...delivery.from, accountIdentity: foreign.device(0).identityPublicKey };
    assert.match(reasonsOf(reader.receive({ ...delivery, from: otherAccount })), /another account/);
    const otherDevice = { ...delivery.from, identity: author.device(0).identityPublicKey };
    assert.match(
      reasonsOf(reader.receive({ ...delivery, from: otherDevice })),
      /not the one that the device registered/,
    );
    assert.equal(reader.receive(delivery).content.result, 'story');
  });

  it('a message for a device that went away while it was under way', () => {
    const { reader, post } = scene();
    const received = reader.receive({ ...post(textPost('Hello')), toDevice: 7 });
    assert.match(reasonsOf(received), /the person has no device \d+/);
    assert.deepEqual(received.answers, []);
  });

  it('a post whose key never came to this device', () => {
    const { reader, post } = scene();
    const delivery = post(textPost('Hello'));
    const received = reader.receive({ ...delivery, parts: delivery.parts.filter(({ type }) => type === 'skmsg') });
    assert.match(reasonsOf(received), /no_sender_key/);
  });

  it('content that no app shows as a story', () => {
    const { reader, post } = scene();
    assert.match(
      reasonsOf(reader.receive(post({ locationMessage: { name: 'here' } }))),
      /locationMessage is not shown/,
    );
    assert.match(reasonsOf(reader.receive(post({ extendedTextMessage: { text: '' } }))), /without text/);
    assert.match(reasonsOf(reader.receive(post({ imageMessage: { mimetype: 'image/jpeg' } }))), /no media key/);
  });
});

describe('a simulated contact who cannot read', () => {
  it('asks for a retry, with keys from the second request on, and shows the status when it comes', () => {
    const { reader, post } = scene({ devices: 2 });
    reader.retries.forceFailures(2, 1);
    const asked: BinaryNode[] = [];
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const received = reader.receive(post(textPost('Hello'), noon, 'ID1', 1));
      assert.equal(received.content.result, 'refused');
      asked.push(only(received.answers));
    }
    const [first, second] = asked;
    assert.equal(first?.attrs['type'], 'retry');
    assert.equal(childOf(first, 'retry')?.attrs['count'], '1');
    assert.equal(childOf(first, 'retry')?.attrs['error'], '7');
    assert.equal(childOf(first, 'keys'), undefined);
    assert.equal(childOf(second, 'retry')?.attrs['count'], '2');
    assert.ok(childOf(childOf(second, 'keys'), 'device-identity'), 'a linked device shows who vouches for it');
    const received = reader.receive(post(textPost('Hello'), noon, 'ID1', 1));
    assert.equal(received.content.result, 'story', reasonsOf(received));
    assert.equal(reader.retries.pendingCount, 0);
  });

  it('notices a resend that names the device instead of the status list', () => {
    const { reader, post } = scene({ devices: 2 });
    reader.retries.forceFailures(1);
    reader.receive(post(textPost('Hello'), noon, 'ID1', 1));
    const received = reader.receive({ ...post(textPost('Hello'), noon, 'ID1', 1), chat: 'direct' });
    assert.ok(received.content.result === 'story', reasonsOf(received));
    assert.equal(received.content.story.misaddressed, true);
  });

  it('takes the same content with another message secret as the same status', () => {
    const { reader, post } = scene({ devices: 2 });
    const withSecret = (): proto.IMessage => ({
      ...textPost('Hello'),
      messageContextInfo: { messageSecret: randomBytes(32) },
    });
    reader.receive(post(withSecret(), noon, 'ID1'));
    const again = reader.receive(post(withSecret(), noon, 'ID1', 1));
    assert.ok(again.content.result === 'story', reasonsOf(again));
    assert.equal(again.content.isNew, false);
  });

  it('gives up after five requests', () => {
    const { reader, post } = scene();
    const delivery = { ...post(textPost('Hello')), parts: [{ type: 'skmsg' as const, bytes: randomBytes(90) }] };
    const answers = Array.from({ length: 7 }, () => reader.receive(delivery).answers.length);
    assert.deepEqual(answers, [1, 1, 1, 1, 1, 0, 0]);
  });
});

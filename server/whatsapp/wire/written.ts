import { requests } from './requests.js';
import { always, anyNumber, atMostOne, bare, type Entry, one, type Shape, sometimes } from './shape.js';
import { anything, device, id, maybeDevice, number, personOrDevice, somebody, toStatuses } from './values.js';

const version = always('`2`', /^2$/);
const mediaType = sometimes(
  '`image`, `video`, `gif`, `ptt`, `audio`, `url`',
  /^(image|video|gif|ptt|audio|url)$/,
  'Absent for text. whatsmeow, zapo and Baileys write it on the shared `<enc>`; zapo and Baileys beside every key as well.',
);
const pairwise = {
  v: version,
  type: always('`pkmsg`, `msg`', /^(pkmsg|msg)$/, '`pkmsg` until the device has answered once in this session.'),
};
const count = always('how often it was asked for', /^\d+$/, 'As whatsmeow, zapo and Baileys write it.');
const shared = { v: version, type: always('`skmsg`', /^skmsg$/) };

/** Who gets a message, with these attributes beside the key of a device. */
function participants(ofKey: Shape['attributes']): Shape {
  const jid = device(
    'With a ciphertext inside: a device that gets the sender key. Without one: a person all of whose devices have it (web ' +
      'client, zapo, whatsapp-rust). whatsmeow and Baileys give every device the key with every post. LIDs and numbers in one ' +
      'stanza were answered with 400 (whatsapp-rust #636, #941).',
  );
  const to: Shape = { attributes: { jid }, children: { enc: atMostOne({ attributes: ofKey }) } };
  return { attributes: {}, children: { to: anyNumber(to) } };
}
const identity = atMostOne({ attributes: {}, note: 'Whenever a `pkmsg` is inside.' });
const meta = atMostOne({
  attributes: {
    status_setting: always(
      '`contacts`, `allowlist`, `denylist`',
      /^(contacts|allowlist|denylist)$/,
      'The web client names what the phone has chosen; zapo also knows `close_friends`.',
    ),
  },
});
const textOrMedia = always('`text`, `media`', /^(text|media)$/);

const isMessage = (tag: string, to: string | undefined): boolean => tag === 'message' && to === 'status@broadcast';

const messages: Entry[] = [
  {
    name: 'post',
    writer: 'we',
    purpose: 'A status, or a part of its audience under the same id and with the same ciphertext.',
    isOf: ({ tag, attrs }) => isMessage(tag, attrs['to']) && !attrs['participant'] && !attrs['edit'],
    shape: {
      attributes: {
        id: id('`3EB0` and 18 hexadecimal digits, as the web client chooses them.'),
        to: toStatuses(),
        type: textOrMedia,
      },
      children: {
        enc: one({ attributes: { ...shared, mediatype: mediaType } }),
        participants: one(participants({ ...pairwise, mediatype: mediaType })),
        'device-identity': identity,
        meta,
      },
    },
    others:
      'zapo and whatsapp-rust: as here, the meta always. whatsmeow: `phash` over all devices, the ' +
      'shared `<enc>` last, no `status_setting`. Baileys: no meta, no `phash`. zapo and Baileys add `<reporting>` now and then.',
    refused:
      '`addressing_mode`: 479 (whatsapp-rust #925). LIDs and numbers together: 400. Keys for the sending device: reported for 479 (Evolution API #2303), not proven.',
  },
  {
    name: 'revoke',
    writer: 'we',
    purpose: 'Takes a status back, from those who got it.',
    isOf: ({ tag, attrs }) => isMessage(tag, attrs['to']) && !attrs['participant'] && attrs['edit'] !== undefined,
    shape: {
      attributes: {
        id: id('Of its own; the status is named inside.'),
        to: toStatuses(),
        type: always('`text`', /^text$/, 'Also when the status had a file.'),
        edit: always('`7`', /^7$/, 'As an author takes back what they wrote.'),
      },
      children: {
        enc: one({ attributes: shared }),
        participants: one(participants(pairwise)),
        'device-identity': identity,
      },
    },
    others:
      'whatsapp-rust and Baileys: as here. zapo: with the meta of a post. whatsmeow: with `phash`, and `decrypt-fail="hide"` beside every key. All need the audience of the post again.',
    refused: 'Nothing known. The two ways of the meta disagree; neither was seen refused.',
  },
  {
    name: 'resend',
    writer: 'we',
    purpose: 'A status, or what takes it back, once more, for the one device that could not open it.',
    isOf: ({ tag, attrs }) => isMessage(tag, attrs['to']) && attrs['participant'] !== undefined,
    shape: {
      attributes: {
        id: id('Of the message that could not be opened.'),
        to: toStatuses(),
        participant: device(),
        type: textOrMedia,
        edit: sometimes('`7`', /^7$/, 'When it takes a status back.'),
      },
      children: {
        enc: one({ attributes: { ...pairwise, mediatype: mediaType, count } }),
        'device-identity': identity,
        meta,
      },
    },
    others:
      'zapo: `to="status@broadcast"`, `participant`, one pairwise `<enc count>`, the meta, no `addressing_mode`. whatsmeow: the same ' +
      'without the meta. whatsapp-rust: nothing; the device gets the key with the next post. Baileys: to the device itself, or to nobody.',
    refused: 'A copy to the device’s own address may show as a private message (field reports, not proven).',
  },
];

const toPeople: Entry[] = [
  {
    name: 'private message again',
    writer: 'we',
    purpose: 'A private message once more, for the one device that could not open it.',
    isOf: ({ tag, attrs }) => tag === 'message' && attrs['device_fanout'] !== undefined,
    shape: {
      attributes: {
        id: id('Of the message that could not be opened.'),
        to: device('The device.'),
        type: textOrMedia,
        device_fanout: always('`false`', /^false$/, 'As Baileys writes it.'),
        recipient: maybeDevice('Whom the message was for, when the device is one of our own.'),
      },
      children: { enc: one({ attributes: { ...pairwise, mediatype: mediaType, count } }), 'device-identity': identity },
    },
    others:
      'Baileys: as here. whatsmeow: the same with `t`, the time of the first attempt. zapo: without `device_fanout`, and nothing for own devices. whatsapp-rust: the whole message again, to all devices.',
    refused: '',
  },
  {
    name: 'private message',
    writer: 'we',
    purpose:
      'An answer to a reply: for all devices of one person, and as `deviceSentMessage` for the other devices of our own.',
    isOf: ({ tag, attrs }) =>
      tag === 'message' && attrs['category'] === undefined && personOrDevice.test(attrs['to'] ?? ''),
    shape: {
      attributes: {
        id: id('`3EB0` and 18 hexadecimal digits, as the web client chooses them.'),
        to: device('The person, without a device.'),
        type: textOrMedia,
      },
      children: {
        participants: one({
          attributes: {},
          children: {
            to: anyNumber({
              attributes: { jid: device('Own devices and those of the person in the same form.') },
              children: { enc: one({ attributes: { ...pairwise, mediatype: mediaType } }) },
            }),
          },
        }),
        'device-identity': identity,
        tctoken: atMostOne({ attributes: {}, note: 'Where the person has given one, and WhatsApp asks for it.' }),
      },
    },
    others:
      'Baileys: as here, with `<reporting>` now and then. whatsmeow: with `phash`. zapo: with the number in `peer_recipient_pn` where `to` is a LID. whatsapp-rust: with `<reporting>`, and `type="text"` always. All leave out the sending device.',
    refused: 'Without a `tctoken` a message to somebody who never wrote may be answered with 463 (field reports).',
  },
];

const acknowledgements: Entry[] = [
  {
    name: 'ack of a message',
    writer: 'we',
    purpose: 'A status of somebody, or a like, that cannot be read is done with.',
    isOf: ({ tag, attrs }) => tag === 'ack' && (attrs['class'] === 'message' || attrs['class'] === 'status'),
    shape: {
      attributes: {
        id: id(),
        class: always('`message`, `status`', /^(message|status)$/),
        to: somebody(),
        participant: maybeDevice(),
        recipient: maybeDevice(),
        type: anything(),
        error: sometimes(
          '`487`, `495`, `500`',
          /^\d{3}$/,
          'Never for statuses. Baileys writes it for private messages.',
        ),
        from: maybeDevice('Never for statuses. Baileys writes it for private messages.'),
      },
    },
    others:
      'whatsapp-rust: plain for statuses, with an error for the rest. zapo: `error="500"` for all. Baileys: `error` and `from` for all. whatsmeow: plain for what it cannot decrypt, with an error (487, 488, 491, 495) for what it cannot parse. whatsmeow and whatsapp-rust leave out `type`.',
    refused:
      'With `error` on a status WhatsApp keeps it, delivers it first on every connection and withholds the rest (Baileys PR #2779).',
  },
  {
    name: 'ack of a receipt or notification',
    writer: 'we',
    purpose: 'A receipt is recorded, or a notification taken.',
    isOf: ({ tag }) => tag === 'ack',
    shape: {
      attributes: {
        id: id(),
        class: always('`receipt`, `notification`, `call`', /^(receipt|notification|call)$/),
        to: somebody(),
        participant: maybeDevice(),
        recipient: maybeDevice(),
        type: anything(),
      },
    },
    others:
      'whatsmeow and Baileys: the same. zapo leaves out `type` for `encrypt` and `devices` and most of the `participant`s, whatsapp-rust the `type` for a changed identity. What is not acknowledged comes again on the next connection.',
    refused: '',
  },
  {
    name: 'receipt',
    writer: 'Baileys',
    purpose: 'A message or a status of somebody was opened, read, or has to come again (`retry`).',
    isOf: ({ tag }) => tag === 'receipt',
    shape: {
      attributes: {
        id: id(),
        to: { ...somebody(), isRequired: false },
        participant: maybeDevice(),
        recipient: maybeDevice(),
        type: anything(
          '`retry`, `inactive`, `peer_msg`, `hist_sync`, `sender`, `read`, `read-self`; none for a delivery.',
        ),
        t: anything(),
      },
    },
    others:
      'whatsapp-rust follows the web client: `context="status"` on receipts for statuses, never `inactive` there. Baileys, whatsmeow and zapo write no context; whatsmeow writes `inactive` whenever it is not shown as online, zapo never.',
    refused: '',
  },
];

const others: Entry[] = [
  {
    name: 'typing',
    writer: 'Baileys',
    purpose: 'Somebody is shown that we type, or speak, before an answer; then that we stopped.',
    isOf: ({ tag }) => tag === 'chatstate',
    shape: {
      attributes: { from: device('Ourselves, in the form of the chat.'), to: device() },
      children: {
        composing: atMostOne({ attributes: { media: sometimes('`audio`', /^audio$/, 'Speaking.') } }),
        paused: atMostOne(bare),
      },
    },
    others:
      'whatsmeow: the same. zapo and whatsapp-rust: without `from`. Whether phones show it of an account that is not online is not known; none of these goes online for it.',
    refused: '',
  },
  {
    name: 'message to the own phone',
    writer: 'Baileys',
    purpose: 'Asks the own phone for a message that could not be opened.',
    isOf: ({ tag, attrs }) => tag === 'message' && attrs['category'] === 'peer',
    shape: {
      attributes: {
        id: id(),
        to: device(),
        type: always('`text`', /^text$/),
        category: always('`peer`', /^peer$/),
        push_priority: anything(),
      },
    },
    others:
      'whatsmeow, zapo and whatsapp-rust: the same `to`, `type` and `category`. `push_priority`: `high_force` for Baileys and zapo; whatsmeow writes none here, `high` when it asks for keys of the synchronised state and `high_force` for history; whatsapp-rust writes none. `<meta appdata="default">` inside: all but whatsapp-rust. whatsmeow asks only where its application wants it.',
    refused: 'A `<tctoken>` inside: 479 (Baileys).',
  },
  {
    name: 'presence',
    writer: 'Baileys',
    purpose: 'The account’s name, and that it is not to be shown as online: its phone would get no notifications.',
    isOf: ({ tag }) => tag === 'presence',
    shape: {
      attributes: {
        name: always('any', /./, 'Not before it is known.'),
        type: always('`unavailable`', /^unavailable$/, 'Without it, or with `available`, the account is online.'),
      },
    },
    others:
      'Baileys by itself says `available` after each login, and writes a bare `<presence>` whenever its credentials change. whatsapp-rust says `available` after each login. zapo writes the name and no `type` then, or `unavailable`, as its application wants. whatsmeow writes `type` and `name` when its application asks.',
    refused: '',
  },
  {
    name: 'notice to the server',
    writer: 'Baileys',
    purpose: 'How much of the offline queue may come at once (`offline_batch`), and telemetry (`unified_session`).',
    isOf: ({ tag }) => tag === 'ib',
    shape: {
      attributes: {},
      children: {
        offline_batch: atMostOne({ attributes: { count: number('how many') } }),
        unified_session: atMostOne({ attributes: { id: anything() } }),
      },
    },
    others:
      '`offline_batch`: 100 for Baileys and 200 for zapo, when WhatsApp has told what waits; whatsmeow and whatsapp-rust do not write it. `unified_session`: whatsmeow, whatsapp-rust and Baileys, with the milliseconds since Monday by WhatsApp’s clock; zapo does not write it. All three write it when they are shown as online, whatsmeow and Baileys after a linking too, whatsapp-rust and Baileys after each login.',
    refused: '',
  },
];

/** Every stanza that leaves, our own ones first. */
export const written: readonly Entry[] = [...messages, ...toPeople, ...acknowledgements, ...requests, ...others];

import { always, anyNumber, atMostOne, bare, type Entry, firstChild, one, type Shape, sometimes } from './shape.js';
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
      'whatsapp-rust and Baileys: as here. zapo: with the meta of a post. All need the audience of the post again.',
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
      'whatsapp-rust: plain for statuses, with an error for the rest. zapo: `error="500"` for all. Baileys: `error` and `from` for all.',
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
    others: 'whatsmeow and Baileys: the same. What is not acknowledged comes again on the next connection.',
    refused: '',
  },
  {
    name: 'receipt',
    writer: 'Baileys',
    purpose: 'A message or a status of somebody was opened, or has to come again (`retry`).',
    isOf: ({ tag }) => tag === 'receipt',
    shape: {
      attributes: {
        id: id(),
        to: { ...somebody(), isRequired: false },
        participant: maybeDevice(),
        recipient: maybeDevice(),
        type: anything('`retry`, `inactive`, `peer_msg`, `hist_sync`, `sender`, `read`; none for a delivery.'),
        t: anything(),
      },
    },
    others:
      'whatsapp-rust follows the web client: `context="status"` on receipts for statuses, never `inactive` there. Baileys writes no context.',
    refused: '',
  },
];

const requestAttributes = {
  id: id(),
  to: { ...somebody(), isRequired: false },
  type: sometimes('`get`, `set`, `result`', /^(get|set|result)$/),
  xmlns: anything(),
  target: maybeDevice(),
};

/** A request; its first child is what it is about. */
function request(
  name: string,
  writer: 'we' | 'Baileys',
  xmlns: string,
  child: string,
  text: { purpose: string; others?: string; refused?: string; inside?: Shape },
): Entry {
  const { purpose, others = 'Not compared.', refused = '', inside } = text;
  return {
    name,
    writer,
    purpose,
    isOf: (stanza) => stanza.tag === 'iq' && stanza.attrs['xmlns'] === xmlns && firstChild(stanza) === child,
    shape: { attributes: requestAttributes, ...(inside ? { children: { [child]: one(inside) } } : {}) },
    others,
    refused,
  };
}

const tooManyAtOnce = 'Too many at once: 429, and 406 or time-outs with long lists (WAHA #2080, #2096).';
const requests: Entry[] = [
  request('look-up', 'we', 'usync', 'usync', {
    purpose: 'Which devices people have, which LID a number has, whether a number is on WhatsApp.',
    inside: {
      attributes: {
        sid: anything(),
        mode: always('`query`', /^query$/),
        context: always('`message`, `background`, `interactive`', /^(message|background|interactive)$/),
        last: always('`true`', /^true$/),
        index: number('`0`'),
      },
      children: {
        query: one({ attributes: {}, note: '`devices`, `lid`, `contact`.' }),
        list: one({
          attributes: {},
          children: {
            user: anyNumber({
              attributes: {
                jid: sometimes(
                  'a person',
                  personOrDevice,
                  'By number it is typed inside `<contact>` instead: only then another writing of it is understood.',
                ),
              },
            }),
          },
        }),
      },
    },
    others: 'whatsmeow asks for `business` as well when it checks a number.',
    refused: tooManyAtOnce,
  }),
  request('keys of others', 'we', 'encrypt', 'key', {
    purpose: 'Prekeys of devices that there is no session with.',
    inside: {
      attributes: {},
      children: {
        user: anyNumber({
          attributes: {
            jid: device('By LID where there is one.'),
            reason: sometimes('`identity`', /^identity$/),
          },
        }),
      },
    },
    others: 'whatsmeow: `reason="identity"` beside every device. Baileys: beside phones that it has just looked up.',
    refused: tooManyAtOnce,
  }),
  request('story privacy', 'we', 'status', 'privacy', {
    purpose: 'Whom the phone shows statuses to.',
    inside: bare,
    others: 'whatsmeow: the same.',
  }),
  request('unlink', 'we', 'md', 'remove-companion-device', {
    purpose: 'This device leaves the account.',
    inside: { attributes: { jid: device('Of itself.'), reason: always('`user_initiated`', /^user_initiated$/) } },
    others: 'whatsmeow and Baileys: the same.',
  }),
  request('link by code', 'Baileys', 'md', 'link_code_companion_reg', {
    purpose: 'A code for the phone (`companion_hello`), and the keys once it was typed there (`companion_finish`).',
    inside: {
      attributes: {
        jid: device(),
        stage: always('`companion_hello`, `companion_finish`', /^companion_(hello|finish)$/),
        should_show_push_notification: anything(),
      },
    },
    refused: 'Browsers and systems that it does not know: 400 (Baileys #1266).',
  }),
  request('synchronised state', 'Baileys', 'w:sync:app:state', 'sync', {
    purpose: 'Saved contacts, the account’s name and its settings, by version.',
  }),
  request('media host', 'Baileys', 'w:m', 'media_conn', {
    purpose: 'Where to upload, and with which token.',
    inside: bare,
  }),
  request('privacy settings', 'Baileys', 'privacy', 'privacy', {
    purpose: 'Whether read receipts are on: without them nobody’s views arrive.',
  }),
  request('count of own keys', 'Baileys', 'encrypt', 'count', {
    purpose: 'How many one-time prekeys are left.',
    inside: bare,
    others: 'whatsmeow: the same.',
  }),
  request('own keys', 'Baileys', 'encrypt', 'registration', {
    purpose: 'New one-time prekeys: 812 at first, five at a time later.',
    others: 'whatsmeow: 50 at a time, once fewer than five are left.',
  }),
  request('digest of own keys', 'Baileys', 'encrypt', 'digest', {
    purpose: 'Whether the server has the same keys as we.',
    inside: bare,
    others:
      'whatsapp-rust, after the web client, compares the SHA-1 over identity, signed prekey, its signature and the prekeys. Baileys only looks whether there is an answer.',
  }),
  request('active', 'Baileys', 'passive', 'active', { purpose: 'Traffic may come.', inside: bare }),
  request('ping', 'Baileys', 'w:p', 'ping', { purpose: 'A sign of life every half minute.', inside: bare }),
  request('properties', 'Baileys', 'abt', 'props', { purpose: 'Switches of the service.' }),
  request('blocked people', 'Baileys', 'blocklist', '', { purpose: 'Whom the account has blocked.' }),
  {
    name: 'result',
    writer: 'Baileys',
    purpose: 'The answer to a request of WhatsApp while linking.',
    isOf: ({ tag, attrs }) => tag === 'iq' && attrs['type'] === 'result',
    shape: { attributes: requestAttributes },
    others: 'Not compared.',
    refused: '',
  },
];

const others: Entry[] = [
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
    others: 'Not compared.',
    refused: '',
  },
  {
    name: 'presence',
    writer: 'Baileys',
    purpose: 'The account’s name, and that it is not to be shown as online: its phone would get no notifications.',
    isOf: ({ tag }) => tag === 'presence',
    shape: { attributes: { name: anything(), type: sometimes('`unavailable`, `available`', /^(un)?available$/) } },
    others: 'Baileys by itself says `available`.',
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
    others: 'Not compared.',
    refused: '',
  },
];

/** Every stanza that leaves, our own ones first. */
export const written: readonly Entry[] = [...messages, ...acknowledgements, ...requests, ...others];

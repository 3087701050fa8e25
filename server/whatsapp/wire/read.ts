import type { BinaryNode } from '@whiskeysockets/baileys';
import { always, anyNumber, atMostOne, bare, type Entry, firstChild, type Shape, sometimes } from './shape.js';
import {
  anything,
  device,
  id,
  maybeDevice,
  maybeNumber,
  maybeTime,
  number,
  offline,
  server,
  somebody,
  time,
  toStatuses,
} from './values.js';

const isAbout =
  (tag: string, type?: string) =>
  (stanza: BinaryNode): boolean =>
    stanza.tag === tag && (type === undefined || stanza.attrs['type'] === type);

const kind = sometimes(
  'none, `delivery`, `inactive`: delivered; `read`; `played`',
  /^(|delivery|inactive|read|played|read-self|played-self|sender|peer_msg|hist_sync|server-error)$/,
);
const hints = {
  participant_pn: maybeDevice('Names the same person.'),
  participant_lid: maybeDevice('Names the same person.'),
};
const ids: Shape = { attributes: {}, children: { item: anyNumber({ attributes: { id: id() } }) } };
const group: Shape = {
  attributes: { message_id: anything('The status; `key` in the older form.'), key: anything() },
  children: {
    user: anyNumber({
      attributes: { jid: device(), t: maybeTime(), type: kind, jid_pn: maybeDevice(), jid_lid: maybeDevice() },
    }),
  },
};

const aboutStatuses: Entry[] = [
  {
    name: 'answer to a message',
    writer: 'WhatsApp',
    purpose: 'A status was taken, or refused.',
    isOf: ({ tag, attrs }) => tag === 'ack' && attrs['class'] === 'message',
    shape: {
      attributes: {
        id: id(),
        class: always('`message`', /^message$/),
        from: somebody(),
        t: maybeTime(),
        error: sometimes(
          'a code',
          /^\d{3}$/,
          '479: not in the form that is expected. 400: malformed, or LIDs with numbers. 429: too much. 463: restricted.',
        ),
        phash: sometimes(
          '`2:` and eight characters',
          /^2:[\w+/=-]+$/,
          'A hash over the devices that should have got it. When it comes is not known: whatsmeow warns when it differs from its own, Baileys ignores it.',
        ),
        refresh_lid: sometimes('`true`', /^true$/, 'Somebody was addressed by a LID of the past (Baileys #2661).'),
        participant: maybeDevice(),
        edit: anything(),
      },
    },
    others: 'whatsmeow waits for it for 75 s. Baileys tells its application of errors only.',
    refused: '',
  },
  {
    name: 'request to resend',
    writer: 'WhatsApp',
    purpose: 'A device could not open a status.',
    isOf: isAbout('receipt', 'retry'),
    shape: {
      attributes: {
        id: id(),
        from: somebody(),
        participant: maybeDevice('The device.'),
        type: always('`retry`', /^retry$/),
        t: maybeTime(),
        offline,
        ...hints,
      },
      children: {
        retry: atMostOne({
          attributes: {
            count: number('from 1'),
            id: id(),
            t: time(),
            v: number('`1`'),
            error: maybeNumber('the reason'),
          },
        }),
        registration: atMostOne({ attributes: {} }),
        keys: atMostOne({ attributes: {}, note: 'From the second request on.' }),
      },
    },
    others: 'whatsmeow answers until its own count says ten, Baileys five times, whatsapp-rust with the next post.',
    refused: '',
  },
  {
    name: 'view',
    writer: 'WhatsApp',
    purpose: 'A status was delivered, viewed or played.',
    isOf: isAbout('receipt'),
    shape: {
      attributes: {
        id: id('Of the status, or of the stanza in the grouped forms.'),
        from: somebody('`status@broadcast`; the viewer in the form of private messages.'),
        participant: maybeDevice('The viewer.'),
        recipient: maybeDevice('Then it is not about a status.'),
        class: sometimes('`status`', /^status$/, 'In the grouped form of September 2026 (whatsmeow #1270).'),
        type: kind,
        t: maybeTime(),
        offline,
        sender_pn: maybeDevice(),
        sender_lid: maybeDevice(),
        ...hints,
      },
      children: { list: atMostOne(ids), participants: anyNumber(group) },
    },
    others:
      'Baileys tells nothing of the grouped forms, nor of one without a participant. whatsmeow reads `key` and not `message_id`.',
    refused: 'Without read receipts on either side none comes.',
  },
];

const message = (
  isOf: Entry['isOf'],
  text: Pick<Entry, 'name' | 'purpose' | 'others'>,
  extra: Shape['attributes'],
): Entry => ({
  ...text,
  writer: 'WhatsApp',
  isOf,
  shape: {
    attributes: {
      id: id(),
      t: time(),
      type: always('`text`, `media`, `reaction`', /^(text|media|reaction)$/),
      notify: anything('The name that the sender goes by.'),
      offline,
      ...extra,
    },
    children: {
      enc: anyNumber({
        attributes: {
          v: number('`2`'),
          type: always('`pkmsg`, `msg`, `skmsg`', /^(pkmsg|msg|skmsg)$/),
          mediatype: anything(),
          count: maybeNumber('how often it was asked for'),
          'decrypt-fail': sometimes('`hide`', /^hide$/, 'On likes: nothing is shown where it cannot be opened.'),
        },
      }),
      'device-identity': atMostOne({ attributes: {} }),
      unavailable: atMostOne({ attributes: { type: anything() } }),
    },
  },
  refused: '',
});
const fromStatuses = {
  from: toStatuses(),
  participant: device('The sender.'),
  edit: sometimes('`7`', /^7$/, 'Taken back.'),
  ...hints,
};
const fromSomebody = {
  from: device(),
  sender_pn: maybeDevice(),
  sender_lid: maybeDevice(),
  recipient: maybeDevice('Sent by another device of the own account.'),
  category: sometimes('`peer`', /^peer$/, 'From the own phone to this device.'),
};

const messages: Entry[] = [
  message(
    ({ tag, attrs }) => tag === 'message' && attrs['from'] === 'status@broadcast' && attrs['type'] === 'reaction',
    {
      name: 'like',
      purpose: 'An emoji for one of our statuses, or its taking back (an empty one); the status is named inside.',
      others:
        'whatsapp-rust sends it to each device of the author by itself, without `status_setting`: with it the answer was 479.',
    },
    fromStatuses,
  ),
  message(
    ({ tag, attrs }) => tag === 'message' && attrs['from'] === 'status@broadcast',
    {
      name: 'status of somebody',
      purpose: 'What others post, and what the own phone posts.',
      others: 'What cannot be opened: see the acknowledgement of a message.',
    },
    fromStatuses,
  ),
  message(
    isAbout('message'),
    {
      name: 'private message',
      purpose: 'A reply to a status is one whose `contextInfo` names it (`stanzaId`, `remoteJid="status@broadcast"`).',
      others: 'The same for Baileys, whatsmeow and zapo.',
    },
    fromSomebody,
  ),
];

const notices: Entry[] = [
  {
    name: 'notification',
    writer: 'WhatsApp',
    purpose:
      'Devices or keys of somebody changed (`devices`, `encrypt`), the synchronised state did (`server_sync`), and more.',
    isOf: isAbout('notification'),
    shape: {
      attributes: {
        id: id(),
        from: somebody(),
        type: anything(),
        t: maybeTime(),
        lid: maybeDevice(),
        offline,
        participant: maybeDevice(),
      },
    },
    others: 'Not compared.',
    refused: '',
  },
  {
    name: 'end of the offline queue',
    writer: 'WhatsApp',
    purpose: 'Everything that waited was delivered.',
    isOf: (stanza) => stanza.tag === 'ib' && firstChild(stanza) === 'offline',
    shape: {
      attributes: { from: { ...server(), isRequired: false } },
      children: { offline: atMostOne({ attributes: { count: number('how many') } }) },
    },
    others: 'Baileys buffers its events until then; connections were seen on which it never came (Baileys #2810).',
    refused: '',
  },
  {
    name: 'notice',
    writer: 'WhatsApp',
    purpose: 'What waits (`offline_preview`), where to connect next (`edge_routing`), what is out of date (`dirty`).',
    isOf: isAbout('ib'),
    shape: { attributes: { from: { ...server(), isRequired: false } } },
    others: 'Not compared.',
    refused: '',
  },
  {
    name: 'login',
    writer: 'WhatsApp',
    purpose: 'The device is logged in; without `lid` Baileys forgets the account’s own.',
    isOf: isAbout('success'),
    shape: {
      attributes: {
        t: time(),
        lid: maybeDevice(),
        props: anything(),
        location: anything(),
        companion_enc_static: anything(),
        display_name: anything(),
        abprops: anything(),
        group_abprops: anything(),
        creation: anything(),
      },
    },
    others: 'Not compared.',
    refused: '',
  },
  {
    name: 'offer to link',
    writer: 'WhatsApp',
    purpose: 'What a QR is made of (`pair-device`), and that the phone has agreed (`pair-success`).',
    isOf: ({ tag, attrs }) => tag === 'iq' && attrs['xmlns'] === 'md',
    shape: {
      attributes: {
        id: id(),
        from: somebody(),
        type: always('`set`', /^set$/),
        xmlns: always('`md`', /^md$/),
        t: maybeTime(),
      },
      children: {
        'pair-device': atMostOne({ attributes: {}, children: { ref: anyNumber(bare) } }),
        'pair-success': atMostOne({
          attributes: {},
          children: {
            'device-identity': atMostOne(bare),
            device: atMostOne({
              attributes: { jid: device(), lid: maybeDevice('Missing where the account has none.') },
            }),
            platform: atMostOne({ attributes: { name: anything('`android`, `iphone`, `smba`, `smbi`.') } }),
            biz: atMostOne({ attributes: { name: anything() } }),
          },
        }),
      },
    },
    others: 'Not compared.',
    refused: '',
  },
  {
    name: 'end of the stream',
    writer: 'WhatsApp',
    purpose:
      'Why the connection ends: 515 after a linking, 401 when the device was removed, 440 for another one in its place.',
    isOf: ({ tag }) => tag === 'stream:error' || tag === 'xmlstreamend',
    shape: {
      attributes: { code: sometimes('a code', /^\d{3}$/), reason: anything() },
      children: {
        conflict: atMostOne({
          attributes: { type: always('`replaced`, `device_removed`', /^(replaced|device_removed)$/) },
        }),
        ack: atMostOne({ attributes: { id: anything() } }),
        'xml-not-well-formed': atMostOne(bare),
      },
    },
    others: 'Baileys takes any conflict without a code for 440.',
    refused: '',
  },
  {
    name: 'refused login',
    writer: 'WhatsApp',
    purpose: 'The device may not log in, and for how long (402).',
    isOf: ({ tag }) => tag === 'failure',
    shape: {
      attributes: {
        reason: sometimes('a code', /^\d{3}$/),
        code: anything(),
        expire: anything(),
        location: anything(),
        message: anything(),
        url: anything(),
      },
    },
    others: 'Not compared.',
    refused: '',
  },
  {
    name: 'answer to a request',
    writer: 'WhatsApp',
    purpose: 'What was asked for, or an `<error code text>`.',
    isOf: ({ tag, attrs }) => tag === 'iq' && (attrs['type'] === 'result' || attrs['type'] === 'error'),
    shape: {
      attributes: { id: id(), from: somebody(), type: always('`result`, `error`', /^(result|error)$/), t: maybeTime() },
    },
    others: 'Baileys fails a whole look-up, and a whole fetch of keys, for one error inside.',
    refused: '',
  },
];

/** The stanzas of WhatsApp that matter to a post, the more particular ones first. */
export const read: readonly Entry[] = [...aboutStatuses, ...messages, ...notices];

/** Answers to receipts and the like say nothing and are not described. */
export function isPlainAnswer({ tag, attrs }: BinaryNode): boolean {
  return tag === 'ack' && attrs['class'] !== 'message';
}

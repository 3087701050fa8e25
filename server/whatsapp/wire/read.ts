import type { BinaryNode } from '@whiskeysockets/baileys';
import { notices } from './notices.js';
import { always, anyNumber, atMostOne, type Entry, isAbout, type Shape, sometimes } from './shape.js';
import {
  anything,
  device,
  id,
  maybeDevice,
  maybeNumber,
  maybeTime,
  number,
  offline,
  somebody,
  time,
  toStatuses,
} from './values.js';

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
    others:
      'whatsmeow waits for it for 75 s, zapo for 10 s. whatsmeow, zapo and whatsapp-rust read `error` and `phash`, zapo `refresh_lid` as well. Baileys tells its application of errors only.',
    refused: '',
  },
  {
    name: 'request to resend',
    writer: 'WhatsApp',
    purpose: 'A device could not open a status, or a private message.',
    isOf: isAbout('receipt', 'retry'),
    shape: {
      attributes: {
        id: id(),
        from: somebody(),
        participant: maybeDevice('The device.'),
        recipient: maybeDevice('Of a private message that an own device could not open: whom it was for.'),
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
    others:
      'whatsmeow answers until its own count says ten, Baileys and zapo five times, whatsapp-rust with the next post.',
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
      'Baileys tells nothing of the grouped forms, nor of one without a participant. whatsmeow reads `key` and not `message_id`. zapo reads `<list>`, and of the grouped forms the `id` alone; whatsapp-rust reads the `id` alone in every form.',
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
      verified_name: atMostOne({ attributes: {} }),
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
        'whatsapp-rust sends it to each device of the author by itself, without `status_setting`: with it the answer was 479. whatsmeow and Baileys send it like a post, under the sender key: whatsmeow to its own audience, Baileys to whom its application names. zapo offers none.',
    },
    fromStatuses,
  ),
  message(
    ({ tag, attrs }) => tag === 'message' && attrs['from'] === 'status@broadcast',
    {
      name: 'status of somebody',
      purpose: 'What others post, and what the own phone posts.',
      others:
        'All four read `participant` as the sender; whatsmeow and Baileys also `participant_pn` or `participant_lid`, whichever is the other form, zapo both. What cannot be opened: see the acknowledgement of a message.',
    },
    fromStatuses,
  ),
  message(
    isAbout('message'),
    {
      name: 'private message',
      purpose: 'A reply to a status is one whose `contextInfo` names it (`stanzaId`, `remoteJid="status@broadcast"`).',
      others: 'All four: the same.',
    },
    fromSomebody,
  ),
];

/** The stanzas of WhatsApp that matter to a post, the more particular ones first. */
export const read: readonly Entry[] = [...aboutStatuses, ...messages, ...notices];

/** Answers to receipts and the like say nothing and are not described. */
export function isPlainAnswer({ tag, attrs }: BinaryNode): boolean {
  return tag === 'ack' && attrs['class'] !== 'message';
}

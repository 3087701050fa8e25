import { always, anyNumber, atMostOne, bare, type Entry, firstChild, isAbout, sometimes } from './shape.js';
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
} from './values.js';

/** What WhatsApp says by itself, beside messages and receipts. */
export const notices: readonly Entry[] = [
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
    others:
      'All four read `encrypt`, `devices`, `server_sync`, `account_sync`, `picture`, `privacy_token`, `link_code_companion_reg`, `w:gp2`, `newsletter`, `mex` and `mediaretry`; whatsmeow, zapo and whatsapp-rust `status` as well, zapo and whatsapp-rust `contacts`, `business` and `disappearing_mode`. What a client does not know it acknowledges all the same.',
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
    others:
      'whatsmeow tells its application; zapo too, and goes on by itself a minute after the last stanza; whatsapp-rust holds back its presence until then. Baileys buffers its events until then; connections were seen on which it never came (Baileys #2810).',
    refused: '',
  },
  {
    name: 'notice',
    writer: 'WhatsApp',
    purpose: 'What waits (`offline_preview`), where to connect next (`edge_routing`), what is out of date (`dirty`).',
    isOf: isAbout('ib'),
    shape: {
      attributes: { from: { ...server(), isRequired: false } },
      children: {
        offline_preview: atMostOne({
          attributes: {
            count: number('how many'),
            message: maybeNumber('how many'),
            receipt: maybeNumber('how many'),
            notification: maybeNumber('how many'),
            appdata: maybeNumber('how many'),
          },
        }),
        edge_routing: atMostOne({ attributes: {}, children: { routing_info: atMostOne(bare) } }),
        dirty: anyNumber({
          attributes: { type: anything('`account_sync`, `groups`, `syncd_app_state`.'), timestamp: maybeTime() },
        }),
        thread_metadata: atMostOne(bare),
      },
    },
    others:
      '`offline_preview`: all four read it, Baileys and zapo answer with an `offline_batch`. `edge_routing`: Baileys, zapo and whatsapp-rust keep it and begin the next connection with it, whatsmeow does not read it. `dirty`: zapo and whatsapp-rust fetch anew what is out of date and say so with `<clean type timestamp>`, Baileys for the account and its groups alone, whatsmeow does nothing. zapo reads `thread_metadata`, `tos` and `client_expiration` as well, whatsmeow and Baileys `downgrade_webclient`.',
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
    others:
      'whatsmeow and whatsapp-rust read `t` and `lid`, and keep the LID that they have when none comes; Baileys reads the same two. zapo keeps `display_name`, `companion_enc_static`, `props`, `abprops`, `location` and `creation` as well. Nobody reads `group_abprops`.',
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
    others:
      'All four make a QR of each `<ref>` in turn, the first for 60 seconds and each of the others for 20: whatsmeow and Baileys as an address under `wa.me`, zapo and whatsapp-rust as the bare fields. From `pair-success` all four read the signed identity, `jid` and `lid` of the device and the platform; whatsmeow, whatsapp-rust and Baileys the name of `<biz>`, whatsmeow also `<client-props>`.',
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
    others:
      'Baileys takes any conflict without a code for 440. whatsmeow, zapo and whatsapp-rust tell `replaced` by its name, whatever the code; zapo and whatsapp-rust take every other conflict for a removed device, whatsmeow only `device_removed` beside 401. 515: whatsmeow, zapo and whatsapp-rust connect again by themselves. 516: zapo and whatsapp-rust take it for a removed device.',
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
    others:
      'All four read `reason`, Baileys takes a missing one for 500. 401, 403 and 406 end the linking for whatsmeow, zapo and whatsapp-rust. `code` and `expire` beside 402: whatsmeow and whatsapp-rust. `message`: whatsmeow, zapo and whatsapp-rust; `url`: zapo. 500 and 503: whatsmeow and whatsapp-rust connect again by themselves. whatsmeow also reads `logout_message_header` and `logout_message_subtext` beside 403. Baileys hands its application whatever came.',
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
    others:
      'Baileys fails a whole look-up, and a whole fetch of keys, for one error inside; whatsapp-rust a whole look-up of devices. whatsmeow and zapo keep what came for the others.',
    refused: '',
  },
];

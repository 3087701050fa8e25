import { always, anyNumber, atMostOne, bare, type Entry, firstChild, one, type Shape, sometimes } from './shape.js';
import { anything, device, id, maybeDevice, number, personOrDevice, somebody } from './values.js';

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
  text: { purpose: string; others: string; refused?: string; inside?: Shape },
): Entry {
  const { purpose, others, refused = '', inside } = text;
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
/** What is asked of WhatsApp’s server. */
export const requests: readonly Entry[] = [
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
    others:
      'All four: the same attributes, and `version="2"` on `<devices>`. Baileys asks for `lid` beside them. whatsmeow and whatsapp-rust ask for `business` as well when they check a number, zapo for `contact` and `lid`.',
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
    others:
      'whatsmeow and whatsapp-rust: `reason="identity"` beside every device. Baileys: beside phones that it has just looked up. zapo: beside those whose identity is in question.',
    refused: tooManyAtOnce,
  }),
  request('story privacy', 'we', 'status', 'privacy', {
    purpose: 'Whom the phone shows statuses to.',
    inside: bare,
    others: 'whatsmeow: the same. zapo, whatsapp-rust and Baileys do not ask.',
  }),
  request('unlink', 'we', 'md', 'remove-companion-device', {
    purpose: 'This device leaves the account.',
    inside: { attributes: { jid: device('Of itself.'), reason: always('`user_initiated`', /^user_initiated$/) } },
    others: 'All four: the same.',
  }),
  request('link by code', 'Baileys', 'md', 'link_code_companion_reg', {
    purpose: 'A code for the phone (`companion_hello`), and the keys once it was typed there (`companion_finish`).',
    inside: {
      attributes: {
        jid: device(),
        stage: always('`companion_hello`, `companion_finish`', /^companion_(hello|finish)$/),
        should_show_push_notification: sometimes('`true`', /^true$/, 'With `companion_hello`.'),
      },
      children: {
        link_code_pairing_wrapped_companion_ephemeral_pub: atMostOne(bare),
        companion_server_auth_key_pub: atMostOne(bare),
        companion_platform_id: atMostOne(bare),
        companion_platform_display: atMostOne(bare),
        link_code_pairing_nonce: atMostOne(bare),
        link_code_pairing_wrapped_key_bundle: atMostOne(bare),
        companion_identity_public: atMostOne(bare),
        link_code_pairing_ref: atMostOne(bare),
      },
    },
    others:
      'whatsmeow, zapo and whatsapp-rust: the same nodes and attributes; `should_show_push_notification` is `false` where their application wants it so. The nonce is the character 0 for Baileys and whatsapp-rust, a zero byte for whatsmeow and zapo. Those three read `link_code_pairing_ref` from the answer as well, Baileys from the notification alone. zapo knows `stage="get_country_code"`, without a `jid`.',
    refused: 'Browsers and systems that it does not know: 400 (Baileys #1266).',
  }),
  request('synchronised state', 'Baileys', 'w:sync:app:state', 'sync', {
    purpose: 'Saved contacts, the account’s name and its settings, by version.',
    inside: {
      attributes: {},
      children: {
        collection: anyNumber({
          attributes: {
            name: anything('`critical_block`, `critical_unblock_low`, `regular`, `regular_high`, `regular_low`.'),
            version: number('from 0'),
            return_snapshot: always('`true`, `false`', /^(true|false)$/),
          },
        }),
      },
    },
    others:
      'Baileys and zapo: `version` always, `0` beside `return_snapshot="true"`. whatsmeow and whatsapp-rust: no `version` there. whatsmeow asks for one collection at a time, the others for several. All four put a `<patch>` into a collection to change it.',
  }),
  request('media host', 'Baileys', 'w:m', 'media_conn', {
    purpose: 'Where to upload, and with which token.',
    inside: bare,
    others:
      'whatsmeow, zapo and whatsapp-rust: the same. Baileys and whatsmeow ask when a file has to be moved and again after the answer’s `ttl`, whatsapp-rust after the sooner of `ttl` and `auth_ttl`, zapo after each login too.',
  }),
  request('privacy settings', 'Baileys', 'privacy', 'privacy', {
    purpose: 'Whether read receipts are on: without them nobody’s views arrive.',
    inside: bare,
    others:
      'whatsmeow, zapo and whatsapp-rust: the same. Baileys and whatsapp-rust ask after each login, whatsmeow once, before it writes its first read receipt, zapo when its application asks or another device has changed them.',
  }),
  request('count of own keys', 'Baileys', 'encrypt', 'count', {
    purpose: 'How many one-time prekeys are left.',
    inside: bare,
    others:
      'whatsmeow and whatsapp-rust: the same. zapo does not ask: it goes by the digest, and by the notification that few are left.',
  }),
  request('own keys', 'Baileys', 'encrypt', 'registration', {
    purpose: 'New one-time prekeys: 812 at first, five at a time later.',
    others:
      'The same nodes for whatsmeow, zapo and whatsapp-rust. whatsmeow: 812 at first, 50 at a time later, once fewer than five are left; whatsapp-rust 812 each time then, zapo 812 each time.',
  }),
  request('digest of own keys', 'Baileys', 'encrypt', 'digest', {
    purpose: 'Whether the server has the same keys as we.',
    inside: bare,
    others:
      'whatsapp-rust, after the web client, compares the SHA-1 over identity, signed prekey, its signature and the prekeys. zapo compares too. Baileys only looks whether there is an answer. whatsmeow does not ask.',
  }),
  request('active', 'Baileys', 'passive', 'active', {
    purpose: 'Traffic may come.',
    inside: bare,
    others:
      'whatsmeow, zapo and whatsapp-rust: the same, once after each login: whatsmeow, whatsapp-rust and Baileys when the own keys were looked after, zapo last of all, after its presence, the digest of its keys and the receipts that could not leave before. All four know `<passive>` in its place and write it only when told to.',
  }),
  request('ping', 'Baileys', 'w:p', 'ping', {
    purpose: 'A sign of life every half minute.',
    inside: bare,
    others:
      'whatsmeow, zapo and whatsapp-rust: the same attributes and nothing inside. whatsmeow every 20 to 30 seconds, whatsapp-rust every 15 to 30, zapo about every 15; the last two not while another request waits for its answer.',
  }),
  request('properties', 'Baileys', 'abt', 'props', {
    purpose: 'Switches of the service.',
    inside: {
      attributes: { protocol: always('`1`', /^1$/), hash: anything('As the last answer gave it.') },
    },
    others:
      'whatsmeow does not ask. zapo and whatsapp-rust: `protocol="1"` and `hash`, whatsapp-rust only while it holds the values that the hash stands for; both know `refresh_id`.',
  }),
  request('blocked people', 'Baileys', 'blocklist', '', {
    purpose: 'Whom the account has blocked.',
    others:
      'whatsmeow, zapo and whatsapp-rust: the same, with nothing inside. Baileys and whatsapp-rust ask after each login, zapo when WhatsApp calls the list out of date, whatsmeow when its application asks.',
  }),
  {
    name: 'result',
    writer: 'Baileys',
    purpose: 'The answer to a request of WhatsApp while linking.',
    isOf: ({ tag, attrs }) => tag === 'iq' && attrs['type'] === 'result',
    shape: {
      attributes: requestAttributes,
      children: {
        'pair-device-sign': atMostOne({
          attributes: {},
          children: { 'device-identity': atMostOne({ attributes: { 'key-index': number('from 0') } }) },
          note: 'To `pair-success`; the answer to `pair-device` is bare.',
        }),
      },
    },
    others:
      'whatsmeow, zapo and whatsapp-rust: the same. When the phone’s signature does not fit they answer `type="error"` with `<error code="401" text>`; Baileys closes the connection instead.',
    refused: '',
  },
];

import assert from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { readStatusReceipts } from '../../server/whatsapp/receipts/receipts.js';

const own = { phoneNumber: '4915112345678', lid: '900000000000001' };
const now = new Date('2026-05-01T12:00:00.000Z');
const at = new Date(1_777_000_000_000);
const t = '1777000000';

function receipt(attrs: Record<string, string>, content?: BinaryNode[]): BinaryNode {
  return {
    tag: 'receipt',
    attrs: { from: 'status@broadcast', id: 'A1', t, ...attrs },
    ...(content ? { content } : {}),
  };
}
const lid = (user: string) => ({ phoneNumber: null, lid: user });
const phone = (user: string) => ({ phoneNumber: user, lid: null });

describe('receipts of statuses', () => {
  for (const [what, attrs] of [
    ['an id with U+0000', { id: '3EB0\u0000', participant: '555@lid' }],
    ['an id with half a surrogate pair', { id: '3EB0\ud800', participant: '555@lid' }],
    ['an id with a line break', { id: '3EB0\nX', participant: '555@lid' }],
    ['an id of 2,000 characters', { id: 'A'.repeat(2_000), participant: '555@lid' }],
    ['a reader with U+0000', { participant: '555\u0000@lid' }],
    ['a reader whose number is a word', { participant: 'nobody@s.whatsapp.net' }],
    ['a reader of 300 digits', { participant: `${'5'.repeat(300)}@lid` }],
  ] as const) {
    it(`names no status of ours: ${what}`, () => {
      assert.deepEqual(readStatusReceipts(receipt({ type: 'read', ...attrs }), own, now), []);
    });
  }

  it('keeps the ids of a batch that have the form of ids', () => {
    const list = { tag: 'list', attrs: {}, content: ['A\u0000', 'A3'].map((id) => ({ tag: 'item', attrs: { id } })) };
    const found = readStatusReceipts(receipt({ participant: '5@lid', type: 'read' }, [list]), own, now);
    assert.deepEqual(
      found.map(({ messageId }) => messageId),
      ['A1', 'A3'],
    );
  });

  const [before, ahead] = [String(Date.UTC(2008, 11, 31) / 1000), String(now.getTime() / 1000 + 90_000)];
  for (const time of ['99999999999999', '1e300', '-5', '5', before, ahead, 'now', 'Infinity']) {
    it(`takes a view at ${time} for one of now`, () => {
      const [found] = readStatusReceipts(receipt({ participant: '5@lid', t: time }), own, now);
      assert.deepEqual(found?.at, now);
    });
  }

  it('reads a delivery and a view by one reader, without the device', () => {
    assert.deepEqual(readStatusReceipts(receipt({ participant: '555:12@lid' }), own, now), [
      { messageId: 'A1', person: lid('555'), kind: 'delivered', at },
    ]);
    assert.deepEqual(
      readStatusReceipts(receipt({ participant: '4915100000001:3@s.whatsapp.net', type: 'read' }), own, now),
      [{ messageId: 'A1', person: phone('4915100000001'), kind: 'read', at }],
    );
  });

  it('keeps played apart from read, and counts a delivery to an app in the background', () => {
    assert.equal(readStatusReceipts(receipt({ participant: '5@lid', type: 'played' }), own, now)[0]?.kind, 'played');
    assert.equal(
      readStatusReceipts(receipt({ participant: '5@lid', type: 'inactive' }), own, now)[0]?.kind,
      'delivered',
    );
  });

  it('reads every id of a batch', () => {
    const list = { tag: 'list', attrs: {}, content: ['A2', 'A3'].map((id) => ({ tag: 'item', attrs: { id } })) };
    const found = readStatusReceipts(receipt({ participant: '5@lid', type: 'read' }, [list]), own, now);
    assert.deepEqual(
      found.map((one) => one.messageId),
      ['A1', 'A2', 'A3'],
    );
  });

  it('reads the form grouped by message, where each user has a type of its own', () => {
    const group = {
      tag: 'participants',
      attrs: { message_id: 'M1' },
      content: [
        { tag: 'user', attrs: { jid: '5@lid', t, type: 'delivery' } },
        { tag: 'user', attrs: { jid: '6:1@lid', t, type: 'read' } },
        { tag: 'user', attrs: { jid: '7@lid', t: String(Number(t) + 60), type: 'read' } },
      ],
    };
    assert.deepEqual(readStatusReceipts(receipt({ class: 'status' }, [group]), own, now), [
      { messageId: 'M1', person: lid('5'), kind: 'delivered', at },
      { messageId: 'M1', person: lid('6'), kind: 'read', at },
      { messageId: 'M1', person: lid('7'), kind: 'read', at: new Date(at.getTime() + 60_000) },
    ]);
  });

  it('reads the older grouped form, where the type stands on the stanza', () => {
    const group = { tag: 'participants', attrs: { key: 'M2' }, content: [{ tag: 'user', attrs: { jid: '5@lid', t } }] };
    assert.deepEqual(readStatusReceipts(receipt({ type: 'read' }, [group]), own, now), [
      { messageId: 'M2', person: lid('5'), kind: 'read', at },
    ]);
  });

  it('reads its reader whatever the form of the address', () => {
    const of = (jid: string) => {
      const user = { tag: 'user', attrs: { jid, t } };
      const group = { tag: 'participants', attrs: { message_id: 'A1' }, content: [user] };
      return [
        receipt({ participant: jid, type: 'read' }),
        receipt({ from: jid, type: 'read' }),
        receipt({ type: 'read' }, [group]),
      ].map((node) => readStatusReceipts(node, own, now).map(({ person }) => person));
    };
    for (const jid of ['5@lid', '5:3@lid', '5_1:3@lid', '5.1:3@lid', '5.1@lid', '5:99@hosted.lid']) {
      assert.deepEqual(of(jid), [[lid('5')], [lid('5')], [lid('5')]], jid);
    }
    for (const end of ['@s.whatsapp.net', '.0:3@s.whatsapp.net', '@c.us', ':99@hosted']) {
      const person = phone('4915100000001');
      assert.deepEqual(of(`4915100000001${end}`), [[person], [person], [person]], end);
    }
  });

  it('joins number and LID when the stanza names both', () => {
    const [pn, both] = ['4915100000001@s.whatsapp.net', { phoneNumber: '4915100000001', lid: '5' }];
    const group = (user: Record<string, string>): BinaryNode[] => [
      { tag: 'participants', attrs: { key: 'A1' }, content: [{ tag: 'user', attrs: user }] },
    ];
    for (const node of [
      receipt({ participant: '5@lid', participant_pn: pn }),
      receipt({ participant: pn, participant_lid: '5@lid' }),
      receipt({}, group({ jid: '5@lid', jid_pn: pn })),
      receipt({}, group({ jid: pn, jid_lid: '5@lid' })),
      receipt({ from: '5@lid', sender_pn: pn }),
      receipt({ from: pn, sender_lid: '5@lid' }),
      receipt({ from: '5@lid', participant_pn: pn }),
    ]) {
      const found = readStatusReceipts(node, own, now);
      assert.deepEqual(
        found.map(({ person }) => person),
        [both],
        JSON.stringify(node),
      );
    }
    const wrong = receipt({ participant: '5@lid', participant_pn: 'x@g.us' });
    assert.deepEqual(readStatusReceipts(wrong, own, now)[0]?.person, lid('5'));
  });

  it('knows the account itself by either name, and nobody by names that it does not have', () => {
    const node = receipt({ participant: '5@lid', participant_pn: '4915112345678@s.whatsapp.net' });
    assert.deepEqual(readStatusReceipts(node, own, now), []);
    const number = receipt({ participant: '4915100000001@s.whatsapp.net' });
    for (const half of [
      { phoneNumber: own.phoneNumber, lid: null },
      { phoneNumber: null, lid: own.lid },
    ]) {
      for (const reader of [number, receipt({ participant: '5@lid' })]) {
        assert.equal(readStatusReceipts(reader, half, now).length, 1, JSON.stringify(half));
      }
    }
  });

  it('reads what is grouped and what is not in one stanza', () => {
    const user = { tag: 'user', attrs: { jid: '5@lid', type: 'delivery' } };
    const strangers = [
      { tag: 'user', attrs: { jid: '1-2@g.us' } },
      { tag: 'user', attrs: { jid: '8@lid', type: 'retry' } },
    ];
    const groups = ['M1', 'M2'].map((key) => ({ tag: 'participants', attrs: { key }, content: [user, ...strangers] }));
    const found = readStatusReceipts(receipt({ participant: '6@lid', type: 'read' }, groups), own, now);
    assert.deepEqual(
      found.map(({ messageId, person, kind }) => [messageId, person.lid, kind]),
      [
        ['M1', '5', 'delivered'],
        ['M2', '5', 'delivered'],
        ['A1', '6', 'read'],
      ],
    );
  });

  it('reads those that come from the reader, as for a private message, and says that they do', () => {
    const facts = { messageId: 'A1', kind: 'read', at, viaChat: true } as const;
    const read = (attrs: Record<string, string>, content?: BinaryNode[]) =>
      readStatusReceipts(receipt({ type: 'read', ...attrs }, content), own, now);
    assert.deepEqual(read({ from: '5:3@lid' }), [{ ...facts, person: lid('5') }]);
    assert.deepEqual(read({ from: '4915100000001@s.whatsapp.net' }), [{ ...facts, person: phone('4915100000001') }]);
    assert.deepEqual(read({ from: '5@lid', sender_pn: '4915100000001@s.whatsapp.net' }), [
      { ...facts, person: { phoneNumber: '4915100000001', lid: '5' } },
    ]);
    const list = { tag: 'list', attrs: {}, content: [{ tag: 'item', attrs: { id: 'A2' } }] };
    assert.deepEqual(
      read({ from: '5@lid' }, [list]).map(({ messageId }) => messageId),
      ['A1', 'A2'],
    );
    assert.deepEqual(read({ from: '900000000000001:2@lid' }), []);
  });

  it('drops own devices in both forms', () => {
    assert.deepEqual(readStatusReceipts(receipt({ participant: '900000000000001:4@lid', type: 'read' }), own, now), []);
    assert.deepEqual(readStatusReceipts(receipt({ participant: '4915112345678@s.whatsapp.net' }), own, now), []);
  });

  it('has nothing to say about retries, other chats and receipts without a reader', () => {
    assert.deepEqual(readStatusReceipts(receipt({ participant: '5@lid', type: 'retry' }), own, now), []);
    assert.deepEqual(
      readStatusReceipts(receipt({ from: '1-2@g.us', participant: '5@lid', type: 'read' }), own, now),
      [],
    );
    assert.deepEqual(readStatusReceipts(receipt({ from: '5@lid', recipient: '6@lid', type: 'read' }), own, now), []);
    assert.deepEqual(readStatusReceipts(receipt({ from: '5@lid', type: 'retry' }), own, now), []);
    assert.deepEqual(readStatusReceipts(receipt({}), own, now), []);
  });

  it('uses the present when a stanza carries no usable time', () => {
    assert.deepEqual(readStatusReceipts(receipt({ participant: '5@lid', t: '' }), own, now)[0]?.at, now);
  });
});

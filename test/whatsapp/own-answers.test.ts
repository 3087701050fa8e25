import assert from 'node:assert/strict';
import { proto } from '@whiskeysockets/baileys';
import { readOwnAnswer } from '../../server/whatsapp/receipts/replies.js';

const now = new Date(1_777_000_000_000);
const own = { phoneNumber: '4900', lid: '900' };
const quotes = (stanzaId: string, remoteJid: string): proto.IContextInfo => ({ stanzaId, remoteJid });
const ofReply = quotes('3A01', '4971@s.whatsapp.net');
const ofStatus = quotes('3EB0S1', 'status@broadcast');

/** What is read of this message of the own phone to somebody, as it comes out of its protobuf. */
function read(message: proto.IMessage, attrs: Record<string, string> = {}) {
  const stanza = { from: '900:0@lid', recipient: '71@lid', id: '3A99', t: '1776999990', ...attrs };
  const sent = proto.Message.decode(proto.Message.encode(message).finish());
  return readOwnAnswer({ tag: 'message', attrs: stanza }, sent, { own, now });
}
const text = (contextInfo: proto.IContextInfo | null): proto.IMessage => ({
  extendedTextMessage: { text: 'Yes!', contextInfo },
});

describe('an answer that was written on the phone', () => {
  const answered = {
    messageId: '3A99',
    person: { phoneNumber: null, lid: '71' },
    at: new Date(1_776_999_990_000),
    change: 'answered',
    quotedId: '3A01',
    statusMessageId: null,
    kind: 'text',
    text: 'Yes!',
  };

  it('is what the account sent to somebody, from either of its addresses, and what that quotes', () => {
    assert.deepEqual(read(text(ofReply)), answered);
    assert.deepEqual(read(text(ofReply), { from: '4900:3@s.whatsapp.net' }), answered);
    assert.deepEqual(read(text(ofStatus)), { ...answered, quotedId: '3EB0S1', statusMessageId: '3EB0S1' });
    const picture = { imageMessage: { caption: 'Look', contextInfo: ofReply } };
    assert.deepEqual(read(picture), { ...answered, kind: 'image', text: 'Look' });
    const note = { audioMessage: { ptt: true, contextInfo: ofReply } };
    assert.deepEqual(read(note), { ...answered, kind: 'voice', text: null });
  });

  it('is nothing that somebody else says, nothing to nobody, and nothing that quotes nothing', () => {
    assert.equal(read(text(ofReply), { from: '71@lid' }), undefined);
    assert.equal(read(text(ofReply), { from: '4971@s.whatsapp.net', recipient: '4900@s.whatsapp.net' }), undefined);
    assert.equal(read(text(ofReply), { recipient: 'status@broadcast' }), undefined);
    assert.equal(read(text(ofReply), { id: '3A 99' }), undefined);
    assert.equal(read(text(null)), undefined);
    assert.equal(read({ conversation: 'Yes!' }), undefined);
  });
});

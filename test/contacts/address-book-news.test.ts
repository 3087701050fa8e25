import assert from 'node:assert/strict';
import { proto } from '@whiskeysockets/baileys';
import {
  newsOfChatUpdates,
  newsOfContactUpdates,
  newsOfHistory,
  newsOfPrivacyAnswer,
  newsOfRemovedChats,
  newsOfSavedContacts,
  newsOfSettings,
  pairOf,
} from '../../server/whatsapp/address-book/address-book-news.js';

const jid = '919812345678@s.whatsapp.net';
const lid = '12345678901234@lid';
const both = { phoneNumber: '919812345678', lid: '12345678901234' };
const byNumber = { phoneNumber: '919812345678', lid: null };

describe('what the phone tells of its address book', () => {
  it('is a saved name with number and LID, whichever of the two names the contact', () => {
    const news = [{ type: 'contact', person: both, savedName: 'Ada' }];
    assert.deepEqual(newsOfSavedContacts([{ id: jid, name: ' Ada ', lid, phoneNumber: jid }]), news);
    assert.deepEqual(newsOfSavedContacts([{ id: lid, name: 'Ada', phoneNumber: jid }]), news);
    assert.deepEqual(newsOfSavedContacts([{ id: jid }, { id: '123-456@g.us', name: 'Group' }]), []);
  });

  it('is a push name, which is not a saved one', () => {
    const news = [{ type: 'contact', person: byNumber, pushName: 'ada' }];
    assert.deepEqual(newsOfContactUpdates([{ id: jid, notify: 'ada' }]), news);
    assert.deepEqual(newsOfContactUpdates([{ id: jid, imgUrl: 'changed' }]), []);
  });

  it('is the verified name of a business, beside the name that it goes by', () => {
    const [both, alone] = newsOfContactUpdates([
      { id: jid, notify: 'ada', verifiedName: ' Ada Ltd ' },
      { id: lid, verifiedName: 'Ada\u0000 Ltd' },
    ]);
    assert.deepEqual(both, { type: 'contact', person: byNumber, verifiedName: 'Ada Ltd', pushName: 'ada' });
    const person = { phoneNumber: null, lid: '12345678901234' };
    assert.deepEqual(alone, { type: 'contact', person, verifiedName: 'Ada Ltd' });
    const contacts = [{ id: jid, verifiedName: 'Ada Ltd' }];
    assert.deepEqual(newsOfHistory({ chats: [], contacts, messages: [] }), [
      { type: 'contact', person: byNumber, verifiedName: 'Ada Ltd' },
    ]);
    assert.deepEqual(newsOfContactUpdates([{ id: jid, verifiedName: ' ' }]), []);
  });

  it('is the history: chats with people and groups, and push names, never names of conversations as saved', () => {
    const news = newsOfHistory({
      chats: [
        { id: jid, displayName: 'Ada', unreadCount: 3, conversationTimestamp: 1_700_000_000 },
        { id: '123-456@g.us', name: 'Friends' },
        { id: 'status@broadcast' },
        { id: '120363@newsletter' },
      ],
      contacts: [
        { id: jid, name: 'Ada', lid, phoneNumber: jid },
        { id: lid, notify: 'ada' },
      ],
      messages: [],
    });
    assert.deepEqual(news, [
      { type: 'contact', person: { phoneNumber: null, lid: '12345678901234' }, pushName: 'ada' },
      {
        type: 'chat',
        chat: both,
        name: 'Ada',
        unread: { count: 3 },
        lastMessageAt: new Date('2023-11-14T22:13:20.000Z'),
      },
      { type: 'chat', chat: { groupJid: '123-456@g.us' }, name: 'Friends', unread: { count: 0 } },
    ]);
  });

  it('is a change of a chat: more unread, read, marked as unread, removed', () => {
    const unread = (unreadCount: number | null) =>
      newsOfChatUpdates([{ id: jid, unreadCount }]).map((news) => (news.type === 'chat' ? news.unread : news));
    assert.deepEqual(unread(2), [{ more: 2 }]);
    assert.deepEqual(unread(0), [{ count: 0 }]);
    assert.deepEqual(unread(-1), [{ count: 1 }]);
    assert.deepEqual(unread(null), []);
    assert.deepEqual(newsOfChatUpdates([{ id: jid, archived: true }]), []);
    assert.deepEqual(newsOfRemovedChats([jid]), [{ type: 'chat-removed', chat: byNumber }]);
  });

  it('is who may see statuses, in the synchronised state', () => {
    const { DENY_LIST } = proto.SyncActionValue.StatusPrivacyAction.StatusDistributionMode;
    const news = newsOfSettings({ setting: 'statusPrivacy', value: { mode: DENY_LIST, userJid: [jid, lid] } });
    const people = [byNumber, { phoneNumber: null, lid: '12345678901234' }];
    assert.deepEqual(news, [{ type: 'story-privacy', mode: 'denylist', people }]);
    assert.deepEqual(newsOfSettings({ setting: 'locale', value: 'de' }), []);
  });

  it('is who may see statuses, in whatever form the list names them', () => {
    const { DENY_LIST, CLOSE_FRIENDS } = proto.SyncActionValue.StatusPrivacyAction.StatusDistributionMode;
    const hidden = { phoneNumber: null, lid: '12345678901234' };
    const hiddenForms = ['@lid', ':7@lid', '_1@lid', '.1:7@lid', '_1:7@lid', ':99@hosted.lid'];
    const numberForms = ['@s.whatsapp.net', ':7@s.whatsapp.net', '.0:7@s.whatsapp.net', '@c.us', ':99@hosted'];
    const userJid = [
      ...hiddenForms.map((end) => `${hidden.lid}${end}`),
      ...numberForms.map((end) => `${byNumber.phoneNumber}${end}`),
    ];
    const people = [...hiddenForms.map(() => hidden), ...numberForms.map(() => byNumber)];
    const value = { mode: DENY_LIST, userJid: [...userJid, '120363000000000000@g.us', ''] };
    assert.deepEqual(newsOfSettings({ setting: 'statusPrivacy', value }), [
      { type: 'story-privacy', mode: 'denylist', people },
    ]);
    const friends = newsOfSettings({ setting: 'statusPrivacy', value: { mode: CLOSE_FRIENDS, userJid: [lid] } });
    assert.deepEqual(friends, [{ type: 'story-privacy', mode: 'allowlist', people: [hidden] }]);
  });

  it('is who may see statuses, as the server answers: the list marked as default is in force', () => {
    const list = (type: string, isDefault: boolean) => ({
      tag: 'list',
      attrs: { type, ...(isDefault ? { default: 'true' } : {}) },
      content: [{ tag: 'user', attrs: { jid } }],
    });
    const answer = (...lists: ReturnType<typeof list>[]) => ({
      tag: 'iq',
      attrs: {},
      content: [{ tag: 'privacy', attrs: {}, content: lists }],
    });
    assert.deepEqual(newsOfPrivacyAnswer(answer(list('blacklist', false), list('whitelist', true))), {
      type: 'story-privacy',
      mode: 'allowlist',
      people: [byNumber],
    });
    assert.deepEqual(newsOfPrivacyAnswer(answer(list('contacts', true))), {
      type: 'story-privacy',
      mode: 'contacts',
      people: [],
    });
    assert.equal(newsOfPrivacyAnswer(answer(list('close-friends', true))), undefined);
    assert.equal(newsOfPrivacyAnswer({ tag: 'iq', attrs: {} }), undefined);
  });

  it('is a pair of addresses, in either order', () => {
    assert.deepEqual(pairOf(jid, lid), both);
    assert.deepEqual(pairOf(lid, jid), both);
    assert.equal(pairOf(jid, jid), undefined);
  });
});

import assert from 'node:assert/strict';
import { makeEventBuffer, type WASocket } from '@whiskeysockets/baileys';
import { memoryAuthState } from '../../bench/memory-auth-state.js';
import { createLogger } from '../../server/lib/logger.js';
import { AddressBookIntake } from '../../server/whatsapp/address-book/address-book-intake.js';
import type { AddressBookNews } from '../../server/whatsapp/gateway.js';

const jid = '919812345678@s.whatsapp.net';
const synced: AddressBookNews = { type: 'synced', isWhole: true };

describe('the intake of the address book', () => {
  /** What was told, in order; what `refuses` says yes to cannot be recorded. */
  function open(refuses: (news: AddressBookNews) => boolean = () => false) {
    const told: AddressBookNews[] = [];
    const logger = createLogger({ logLevel: 'silent' });
    const ev = makeEventBuffer(logger);
    const intake = new AddressBookIntake({
      socket: { ev, signalRepository: {} as WASocket['signalRepository'] },
      auth: memoryAuthState(),
      listener: {
        onAddressBook: (news) => {
          if (news.some(refuses)) return Promise.reject(new Error('The database is away.'));
          told.push(...news);
          return Promise.resolve();
        },
        onAddressPairs: () => Promise.resolve(),
      },
      logger,
      syncCount: 0,
      onSyncCounted: () => undefined,
    });
    return { intake, ev, told };
  }

  it('tells of a new chat', async () => {
    const { intake, ev, told } = open();
    ev.emit('chats.upsert', [{ id: jid, name: 'Ada', conversationTimestamp: 1_700_000_000 }]);
    await intake.drain();
    const chat = { phoneNumber: '919812345678', lid: null };
    assert.deepEqual(told, [{ type: 'chat', chat, name: 'Ada', lastMessageAt: new Date(1_700_000_000_000) }]);
    assert.equal(intake.isIncomplete, false);
  });

  it('does not say that everybody was told once somebody was lost', async () => {
    const { intake, ev, told } = open(({ type }) => type === 'contact');
    ev.emit('contacts.upsert', [{ id: jid, name: 'Ada' }]);
    await intake.drain();
    assert.equal(intake.isIncomplete, true);
    intake.push([synced]);
    ev.emit('chats.delete', [jid]);
    await intake.drain();
    assert.deepEqual(
      told.map(({ type }) => type),
      ['chat-removed'],
    );
    assert.equal(await intake.record([]), false);
  });

  it('loses what is more than any phone has, and says so', async () => {
    const { intake, told } = open();
    intake.push(Array.from({ length: 400_001 }, () => synced));
    await intake.drain();
    assert.deepEqual([told.length, intake.isIncomplete], [0, true]);
  });
});

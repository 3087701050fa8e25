import assert from 'node:assert/strict';
import { initAuthCreds, makeEventBuffer, type WASocket } from '@whiskeysockets/baileys';
import { createLogger } from '../../server/lib/logger.js';
import { stayUnavailable } from '../../server/whatsapp/connection/own-presence.js';

describe('the presence of an account', () => {
  let told: string[];
  let ev: WASocket['ev'];
  let answer: () => Promise<void>;
  beforeEach(() => {
    [told, answer] = [[], () => Promise.resolve()];
    const logger = createLogger({ logLevel: 'silent' });
    ev = makeEventBuffer(logger);
    const sendPresenceUpdate = (presence: string): Promise<void> => {
      told.push(presence);
      return answer();
    };
    stayUnavailable({ socket: { ev, sendPresenceUpdate }, creds: initAuthCreds(), logger });
  });
  const connection = (state: 'connecting' | 'open' | 'close'): boolean =>
    ev.emit('connection.update', { connection: state });
  const named = (name: string): boolean =>
    ev.emit('creds.update', { me: { id: '4915112345678:1@s.whatsapp.net', name } });

  it('is told with each new name, and only while the connection is open', () => {
    named('Before');
    connection('connecting');
    named('On the way');
    assert.deepEqual(told, []);
    connection('open');
    ev.emit('connection.update', { isOnline: true });
    named('Ada');
    assert.deepEqual(told, ['unavailable']);
    for (const update of [{ accountSyncCounter: 1 }, { me: { id: '4915112345678:1@s.whatsapp.net', name: 'Ada' } }]) {
      ev.emit('creds.update', update);
    }
    assert.deepEqual(told, ['unavailable']);
    connection('close');
    named('Too late');
    assert.deepEqual(told, ['unavailable']);
  });

  it('is lost without harm when it cannot be told', async () => {
    answer = () => Promise.reject(new Error('Connection Closed'));
    connection('open');
    named('Ada');
    await new Promise(setImmediate);
    assert.deepEqual(told, ['unavailable']);
  });
});

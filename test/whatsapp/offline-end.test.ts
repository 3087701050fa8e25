import assert from 'node:assert/strict';
import EventEmitter from 'node:events';
import { mock } from 'node:test';
import { OfflineEnd } from '../../server/whatsapp/connection/offline-end.js';

const quietMs = 1_000;

describe('the end of the offline queue that WhatsApp does not tell', () => {
  let socket: EventEmitter;
  let told: number;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    socket = new EventEmitter();
    new OfflineEnd(socket, quietMs);
    told = 0;
    socket.on('CB:ib,,offline', () => (told += 1));
    socket.emit('CB:success');
  });
  afterEach(() => mock.timers.reset());

  const frame = (tag: string, attrs: Record<string, string>): void =>
    void socket.emit('frame', { tag, attrs, content: undefined });
  const announce = (count: number | string): void =>
    void socket.emit('frame', {
      tag: 'ib',
      attrs: {},
      content: [{ tag: 'offline_preview', attrs: { count: String(count) } }],
    });
  /** Time goes by; a stanza of this kind comes after each part of it. */
  function pass(parts: number, stanza: () => void = () => undefined): void {
    for (let nth = 0; nth < parts; nth++) {
      mock.timers.tick(quietMs * 0.6);
      stanza();
    }
  }

  it('is told when nothing has come for a while after the login, once', () => {
    pass(1);
    assert.equal(told, 0);
    pass(4);
    assert.equal(told, 1);
  });

  it('is told though what is live is marked as if it had waited, for as long as it comes', () => {
    pass(2, () => frame('message', { offline: '0' }));
    assert.equal(told, 1);
  });

  it('is told though what is live comes all the time, without any mark', () => {
    pass(2, () => frame('receipt', {}));
    assert.equal(told, 1);
  });

  it('waits for each of those that were announced, and for no more than those', () => {
    announce(3);
    pass(4, () => frame('receipt', { offline: '1' }));
    assert.equal(told, 0, 'three that come slowly');
    pass(1, () => frame('receipt', { offline: '1' }));
    assert.equal(told, 1, 'a fourth one, which nobody announced');
  });

  for (const count of ['', 'many', '-1', '0']) {
    it(`waits for none of “${count}” that were announced`, () => {
      announce(count);
      pass(2, () => frame('message', { offline: '0' }));
      assert.equal(told, 1);
    });
  }

  it('is told once what was announced does not come any more', () => {
    announce(1_000);
    pass(1, () => frame('receipt', { offline: '1' }));
    pass(2);
    assert.equal(told, 1);
  });

  it('is not told again when WhatsApp told it', () => {
    socket.emit('CB:ib,,offline');
    pass(4, () => frame('message', { offline: '0' }));
    assert.equal(told, 1);
  });

  it('is told on no socket that is at its end', () => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout'] });
    const closed = new EventEmitter();
    const end = new OfflineEnd(closed, quietMs);
    closed.on('CB:ib,,offline', () => assert.fail('it was told'));
    closed.emit('CB:success');
    end.stop();
    pass(4);
  });
});

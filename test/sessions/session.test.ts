import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { newSession } from '../../server/sessions/new-session.js';
import { publicCounted, publicSession } from '../../server/sessions/session.js';

describe('a session as it leaves the process', () => {
  const now = new Date(1_770_000_000_000);
  const body = { sessionId: 'a', authMethod: 'pairing', phoneNumber: '4915123456789', start: true } as const;
  const record = newSession({ ...rootPrincipal, organizationId: 'default' }, body, {
    now: () => now,
  });

  it('has the pause of its posting until that is over', () => {
    const pauseUntil = (ms: number) => ({ until: new Date(ms).toISOString() }) as never;
    const shown = (untilMs: number) =>
      publicCounted({ record, statusCount: 3, postingPause: pauseUntil(untilMs) }, now).postingPause;
    assert.equal(shown(now.getTime()), null);
    assert.notEqual(shown(now.getTime() + 1), null);
    assert.equal(publicCounted({ record, statusCount: 3, postingPause: null }, now).statusCount, 3);
  });

  it('is connected in that state only, and has the number of its account', () => {
    const states = ['starting', 'connecting', 'connected', 'disconnected', 'failed'] as const;
    assert.deepEqual(
      states.map((state) => publicSession({ ...record, state }, 0).connected),
      [false, false, true, false, false],
    );
    assert.equal(publicSession(record, 0).ownNumber, null);
    assert.equal(publicSession({ ...record, jid: '4915100000001@s.whatsapp.net' }, 0).ownNumber, '4915100000001');
  });

  it('says of its webhook whether there is a secret, and never which', () => {
    const webhook = { url: 'https://a.example', events: null, sealedSecret: 'sealed' };
    assert.deepEqual(publicSession({ ...record, webhook }, 0).webhook, {
      url: 'https://a.example',
      events: null,
      hasSecret: true,
    });
    const open = publicSession({ ...record, webhook: { ...webhook, sealedSecret: null } }, 0);
    assert.equal(open.webhook?.hasSecret, false);
  });
});

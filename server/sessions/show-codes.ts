import { toDataURL } from 'qrcode';
import type { EventBus } from '../events/event-bus.js';
import type { Clock } from '../lib/clock.js';
import type { LinkingCodes, ActivePairingCode } from './linking-codes.js';
import type { SessionChanges } from './session-changes.js';

interface ShowCodesParts {
  bus: EventBus;
  clock: Clock;
  changes: SessionChanges;
  codes: LinkingCodes;
  sessionId: string;
  organizationId: string;
}

/** Shows the codes of one session to whoever waits for them. They go over the bus and are never stored. */
export class ShowCodes {
  constructor(private readonly parts: ShowCodesParts) {}

  async qr(qr: string, expiresAt: Date): Promise<void> {
    const { bus, clock, changes, codes, organizationId, sessionId } = this.parts;
    const qrCode = await toDataURL(qr, { margin: 2, width: 320 });
    await changes.apply('qr_shown');
    codes.showQr({ qr, qrCode, expiresAt, lifeMs: expiresAt.getTime() - clock.now().getTime() });
    const payload = { sessionId, qrCode, expiresAt: expiresAt.toISOString() };
    bus.publish({ name: 'qr-code', organizationId, sessionId, payload });
  }

  async pairingCode({ pairingCode, phoneNumber, expiresAt }: ActivePairingCode): Promise<void> {
    const { bus, changes, codes, organizationId, sessionId } = this.parts;
    await changes.apply('code_shown');
    codes.showPairingCode({ pairingCode, phoneNumber, expiresAt });
    const payload = { sessionId, pairingCode, phoneNumber, expiresAt: expiresAt.toISOString() };
    bus.publish({ name: 'pairing-code', organizationId, sessionId, payload });
  }
}

import type { PairingDesk } from '../state/pairing-desk.js';
import type { ContactCourier } from './contact-courier.js';
import type { MessageRouter } from './message-router.js';
import type { PairingSession } from './pairing-session.js';
import type { ServerContext } from './server-context.js';

/** The whole server, for those who move it: what its parts share, and the parts themselves. */
export interface ServerParts extends ServerContext {
  readonly desk: PairingDesk<PairingSession>;
  readonly courier: ContactCourier;
  readonly router: MessageRouter;
}

import type { WaitingReason } from '../contract/pace.js';

/** Why everything of an account waits that is not connected. */
export const notConnected: WaitingReason = {
  code: 'not_connected',
  message: 'The account is not connected; the post goes out when it is again.',
};

import { iqResult } from '../wire/iq-answers.js';
import type { IqHandler } from './iq-handler.js';
import { parseJid } from '../wire/jid.js';
import { childOf } from '../wire/node.js';

/** Logging out: the device names itself and is gone everywhere at once. */
export const answerCompanionDevices: IqHandler = ({ iq, companion, context, refuse }) => {
  const removal = childOf(iq, 'remove-companion-device');
  if (!removal) return refuse('md', 'an md request that asks for nothing known');
  const device = parseJid(removal.attrs['jid']);
  const own = device && context.world.findPerson(device) === companion.account.person;
  if (!device || !own) return refuse('logout', 'a device may only remove devices of its own account', 403, 'forbidden');
  const target = companion.account.companions.get(device.device);
  if (!target) return refuse('logout', `there is no device ${device.device}`, 404, 'item-not-found');
  // The answer must leave before the stream of the device itself ends.
  companion.link?.send(iqResult(iq));
  context.world.removeCompanion(target);
  return null;
};

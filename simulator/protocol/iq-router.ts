import type { Companion } from '../state/account.js';
import { answerAppState } from './app-state-iq.js';
import { answerEncrypt } from './encrypt-iq.js';
import { iqError } from '../wire/iq-answers.js';
import type { IqContext, IqHandler, IqRequest } from './iq-handler.js';
import { answerMediaConn } from './media-iq.js';
import { answerBlocklist, answerPrivacy, answerStatusNamespace } from './privacy-iq.js';
import { answerPicture } from './profile-iq.js';
import { answerBusiness, answerEmpty, answerGroups, answerMex, answerProps } from './small-iqs.js';
import { childrenOf, describeNode, type BinaryNode } from '../wire/node.js';
import { answerCompanionDevices } from './unlink-iq.js';
import { answerUsync } from './usync-iq.js';

const handlers: ReadonlyMap<string, IqHandler> = new Map<string, IqHandler>([
  ['abt', answerProps],
  ['blocklist', answerBlocklist],
  ['disappearing_mode', answerEmpty],
  ['encrypt', answerEncrypt],
  ['md', answerCompanionDevices],
  ['passive', answerEmpty],
  ['privacy', answerPrivacy],
  ['status', answerStatusNamespace],
  ['urn:xmpp:whatsapp:dirty', answerEmpty],
  ['usync', answerUsync],
  ['w:biz', answerBusiness],
  ['w:g2', answerGroups],
  ['w:m', answerMediaConn],
  ['w:mex', answerMex],
  ['w:p', answerEmpty],
  ['w:profile:picture', answerPicture],
  ['w:stats', answerEmpty],
  ['w:sync:app:state', answerAppState],
]);

/** Answers a request of a linked device. A namespace that nobody serves is an error, and loud: it is a gap in here. */
export async function answerIq(
  context: IqContext,
  companion: Companion,
  from: string,
  iq: BinaryNode,
): Promise<BinaryNode | null> {
  const { xmlns = '', type } = iq.attrs;
  if (type === 'result' || type === 'error') return null;
  const request: IqRequest = {
    iq,
    companion,
    context,
    refuse: (rule, reason, code = 400, text = 'bad-request') => {
      context.refusals.record(from, rule, reason);
      return iqError(iq, code, text);
    },
  };
  if (!iq.attrs['id']) return request.refuse('iq', 'a request without an id');
  const first = childrenOf(iq)[0]?.tag ?? '';
  const fault = await context.faults.onQuery(companion, xmlns, first);
  if (fault === 'unanswered') return null;
  if (fault) return iqError(iq, fault.code, fault.text);
  const handler = handlers.get(xmlns);
  if (handler) return handler(request);
  context.log('error', 'a request that the simulator does not serve', { node: describeNode(iq) });
  return request.refuse('unknown-namespace', `nobody serves "${xmlns}" (${first})`, 501, 'feature-not-implemented');
}

import { iqResult } from '../wire/iq-answers.js';
import type { IqHandler } from './iq-handler.js';
import { childOf, element } from '../wire/node.js';

const maxContentBytes = 100 * 1024 * 1024;
const connectionTtlSeconds = 300;

/** Where to upload media, and with which token. */
export const answerMediaConn: IqHandler = ({ iq, context, refuse }) => {
  if (!childOf(iq, 'media_conn')) return refuse('media', 'a w:m request that does not ask for media_conn');
  const { auth, ttlSeconds } = context.media.issueAuth();
  const attributes = { auth, ttl: connectionTtlSeconds, auth_ttl: ttlSeconds, max_buckets: '12' };
  const host = element('host', { hostname: context.media.hostname, maxContentLengthBytes: maxContentBytes });
  return iqResult(iq, [element('media_conn', attributes, [host])]);
};

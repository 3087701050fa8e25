import { iqError, iqResult } from '../wire/iq-answers.js';
import type { IqHandler } from './iq-handler.js';
import { childOf, element, textOf } from '../wire/node.js';

const reachoutTimelockQuery = '23983697327930364';
const newChatCapQuery = '24503548349331633';

/** Pings, telemetry and settings that need nothing but a result. */
export const answerEmpty: IqHandler = ({ iq }) => iqResult(iq);

/** A/B properties: 10518 and 9666 (privacy tokens) keep the values that clients assume without an answer. */
export const answerProps: IqHandler = ({ iq }) =>
  iqResult(iq, [
    element('props', { protocol: '1', hash: 'simulator', refresh: 86_400 }, [
      element('prop', { config_code: '10518', config_value: '1' }),
      element('prop', { config_code: '9666', config_value: '1' }),
    ]),
  ]);

/** Accounts are in no groups here: there are none to list, to look at or to leave, and none can be made. */
export const answerGroups: IqHandler = ({ iq }) => {
  if (childOf(iq, 'participating')) return iqResult(iq, [element('groups')]);
  return childOf(iq, 'create') ? iqError(iq, 405, 'not-allowed') : iqError(iq, 404, 'item-not-found');
};

/** Nobody is a business here: profiles are empty, and there is nothing to sell. */
export const answerBusiness: IqHandler = ({ iq }) =>
  childOf(iq, 'business_profile') ? iqResult(iq, [element('business_profile')]) : iqError(iq, 404, 'item-not-found');

/** GraphQL over stanzas: the two restriction queries. */
export const answerMex: IqHandler = ({ iq, companion, refuse }) => {
  const query = childOf(iq, 'query');
  const queryId = query?.attrs['query_id'];
  if (!query || !isJson(textOf(query))) return refuse('mex', 'a w:mex request without a JSON query');
  const { restriction } = companion.account;
  if (queryId === reachoutTimelockQuery) {
    const timelock = restriction
      ? {
          is_active: true,
          time_enforcement_ends: String(Math.floor(restriction.endsAt.getTime() / 1000)),
          enforcement_type: restriction.type,
        }
      : { is_active: false };
    return result({ xwa2_fetch_account_reachout_timelock: timelock });
  }
  if (queryId === newChatCapQuery) {
    return result({ xwa2_message_capping_info: { total_quota: 500, used_quota: 0, capping_status: 'NONE' } });
  }
  return refuse('mex', `the query ${queryId ?? ''} is not served`, 501, 'feature-not-implemented');

  function result(data: Record<string, unknown>) {
    return iqResult(iq, [element('result', {}, Buffer.from(JSON.stringify({ data })))]);
  }
};

function isJson(text: string | undefined): boolean {
  if (text === undefined) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

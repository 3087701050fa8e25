import { iqError, iqResult } from '../wire/iq-answers.js';
import type { IqHandler } from './iq-handler.js';
import { childOf, element } from '../wire/node.js';

/** Profile pictures are not modelled: nobody has one, and a new own one is taken and dropped. */
export const answerPicture: IqHandler = ({ iq, refuse }) => {
  if (iq.attrs['type'] === 'set') return iqResult(iq, [element('picture', { id: '1' })]);
  if (!childOf(iq, 'picture')) return refuse('picture', 'a picture request without a picture');
  return iqError(iq, 404, 'item-not-found');
};

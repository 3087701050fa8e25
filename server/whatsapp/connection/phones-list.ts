import { AppError } from '../../lib/app-error.js';
import type { AddressBook } from '../address-book/address-book.js';
import type { PublishRequest } from '../gateway.js';

export function notConnected(): AppError {
  return new AppError('not_connected', 'The account is not connected to WhatsApp.');
}

/** Who is left out is asked only when the phone's list, where it counts, is known as WhatsApp has it now: it may have changed. */
export function knowingThePhonesList(
  request: PublishRequest,
  addressBook: Pick<AddressBook, 'storyPrivacyRead'>,
  ended: AbortSignal,
): PublishRequest {
  const { leftOut, storyPrivacy = 'apply' } = request;
  if (leftOut === undefined || storyPrivacy === 'ignore') return request;
  let read: Promise<void> | undefined;
  return {
    ...request,
    leftOut: async (people) => {
      read ??= addressBook.storyPrivacyRead();
      await read;
      if (ended.aborted) throw notConnected();
      return leftOut(people);
    },
  };
}

import { exclusionInWords } from '../audiences/audiences-service.js';
import type { ExclusionReason } from '../contract/audiences.js';
import type { PublishOutcome, RecipientOutcome } from '../whatsapp/gateway.js';
import type { StatusRecord } from './status.js';

/** Why a status failed: `code` is WhatsApp's ack code or a word of ours, `message` says what to do. */
export interface StatusFailure {
  code: string;
  message: string;
}

/** How an attempt to post ended for the status as a whole. */
export type Settlement =
  /** With a failure: part of the audience has it, and the failure says why the others do not. */
  { state: 'sent'; at: Date; failure: StatusFailure | null } | { state: 'failed'; failure: StatusFailure };

const rejections: Readonly<Record<string, string>> = {
  '400':
    'WhatsApp refused the post because its recipients were addressed in mixed ways (400). Try again; the addresses are looked up anew.',
  '401':
    'WhatsApp refused the post because the account is not allowed to send it (401). Check the account on its phone.',
  '429':
    'WhatsApp says that this account posts too much (429). Wait an hour or more before you try again, and post to fewer people.',
  '463':
    'WhatsApp has restricted this account: it may not reach out to people for now (463). Open WhatsApp on its phone to see why and for how long.',
  '479':
    'WhatsApp did not accept the form of the post or the way its recipients were addressed (479). Try again; if it happens every time, link the account anew.',
};

/** A refusal of WhatsApp in words (ack codes as reported for statuses by users of several clients). */
export function rejectionInWords(code: string): string {
  return rejections[code] ?? `WhatsApp refused the post (${code}). Try again later.`;
}

/** What stands on a status that did not get to all who were meant. `why`: the reason, a sentence. */
export function partlySent(included: number, targeted: number, why: string): StatusFailure {
  const message = `Only a part of the audience got this status: ${String(included)} of ${String(targeted)}. ${why}`;
  return { code: 'partly_sent', message: message.trim() };
}

/** Whether somebody may see it: it was handed to WhatsApp, and not refused before anybody got it. */
export function mayBeOnPhones(
  { state, startedAt, errorCode }: Pick<StatusRecord, 'state' | 'startedAt' | 'errorCode'>,
  included: number,
): boolean {
  if (included > 0 || state === 'sent') return true;
  return startedAt !== null && (state !== 'failed' || errorCode === 'unconfirmed');
}

/** A recipient's outcome in words, for the list of those who were left out. */
export function outcomeInWords(outcome: RecipientOutcome | 'pending' | ExclusionReason): string {
  switch (outcome) {
    case 'included':
      return 'It was sent to this person.';
    case 'pending':
      return 'Nothing was sent to this person yet.';
    case 'opted_out':
      return 'This person does not want to be posted to any more.';
    case 'no_device':
      return 'WhatsApp lists no device for this person.';
    case 'no_lid':
      return 'WhatsApp has no hidden id for this number, and this account can only post to hidden ids.';
    case 'no_number':
      return 'Only the hidden id of this person is known, and this account can only post to phone numbers.';
    case 'not_on_whatsapp':
      return 'This number is not on WhatsApp.';
    case 'key_error':
      return 'WhatsApp gave no keys for this person, so nothing could be encrypted for them.';
    default:
      return exclusionInWords(outcome);
  }
}

/**
 * What an attempt means for the status. "Sent" needs the server's acknowledgement and somebody who got it: a post that
 * was acknowledged but left out everyone who was named is a failure, because it would look like success. `included`
 * counts those who got it by now, in earlier attempts too.
 */
export function settlementOf(outcome: PublishOutcome, targeted: number, included = 0): Settlement {
  switch (outcome.result) {
    case 'acknowledged': {
      const isSent = included > 0 || outcome.recipients.some((recipient) => recipient.outcome === 'included');
      if (targeted === 0 || isSent) return { state: 'sent', at: outcome.at, failure: null };
      return { state: 'failed', failure: emptyAudience(targeted) };
    }
    case 'partly_sent': {
      const rest = settlementOf({ ...outcome.rest, recipients: [] }, targeted);
      const why = rest.failure?.message ?? '';
      return { state: 'sent', at: outcome.at, failure: partlySent(included, targeted, why) };
    }
    case 'rejected':
      return failed(outcome.code, rejectionInWords(outcome.code));
    case 'unconfirmed':
      return failed(
        'unconfirmed',
        'The post left, but WhatsApp did not confirm it in time. Look at the phone before you try again: it may be there.',
      );
    case 'not_sent':
      if (outcome.upload === 'refused') {
        return failed(
          'whatsapp_error',
          'WhatsApp’s media servers did not take the file, and nobody was sent anything. Try again later.',
        );
      }
      if (outcome.upload === 'file_gone') {
        return failed(
          'media_missing',
          'The file of this status is gone from the server. Upload it again and post anew.',
        );
      }
      if (outcome.ownPhoneIsMissing) return { state: 'failed', failure: ownPhoneMissing };
      if (outcome.storyPrivacyIsUnknown) return failed('not_sent', storyPrivacyUnknown);
      if (outcome.nobodyLeft) return { state: 'failed', failure: emptyAudience(targeted) };
      if (
        targeted > 0 &&
        outcome.recipients.length > 0 &&
        outcome.recipients.every((one) => one.outcome !== 'included')
      ) {
        return { state: 'failed', failure: emptyAudience(targeted) };
      }
      return failed('not_sent', 'The post could not be prepared, and nothing was sent. Try again.');
  }
}

const storyPrivacyUnknown =
  'WhatsApp did not say from whom the phone of this account hides its statuses, so nothing was sent to anybody. Try again later; with `storyPrivacy` “ignore” in the audience it is posted all the same.';

/** What stands on a status that the own phone does not have. */
export const ownPhoneMissing = {
  code: 'own_phone_missing',
  message:
    'WhatsApp gave no keys for the phone of this account, so the status is missing under “My status” there. Open WhatsApp on the phone; the next post tries again.',
};

/** Nobody of those it was meant for can get it. */
export function emptyAudience(targeted: number): StatusFailure {
  const message =
    targeted === 1
      ? 'The one person this was meant for cannot get it: see why in the list of recipients. Check the number.'
      : `None of the ${String(targeted)} people this was meant for can get it: see why in the list of recipients. Check the numbers.`;
  return { code: 'empty_audience', message };
}

function failed(code: string, message: string): Settlement {
  return { state: 'failed', failure: { code, message } };
}

/** So often is a post tried when an attempt says nothing about WhatsApp's answer; the same id makes a repeat harmless. */
export const maxAttempts = 3;

/**
 * Whether an attempt should be repeated instead of counted as the outcome: nothing left because something did not
 * answer, or the connection ended before the acknowledgement came.
 */
export function deservesAnotherAttempt(outcome: PublishOutcome, attempts: number, targeted: number): boolean {
  // Some have it now, so this cannot go on for ever.
  if (outcome.result === 'partly_sent') return outcome.rest.result !== 'rejected' && outcome.rest.connectionLost;
  if (attempts >= maxAttempts) return false;
  if (outcome.result === 'unconfirmed') return outcome.connectionLost;
  if (outcome.result !== 'not_sent') return false;
  if (outcome.nobodyLeft) return false;
  if (outcome.upload !== undefined) return outcome.upload === 'refused';
  const settlement = settlementOf(outcome, targeted);
  return outcome.connectionLost || (settlement.state === 'failed' && settlement.failure.code === 'not_sent');
}

/** WhatsApp shows a status for a day. */
export const visibleForMs = 24 * 60 * 60 * 1000;

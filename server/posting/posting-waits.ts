import type { WaitingReason } from '../contract/pace.js';
import type { PublishFailure, PublishWait } from '../whatsapp/gateway.js';

/** What a post on its way is waiting for, in words. */
export function waitInWords({ what }: PublishWait): WaitingReason {
  return { code: 'waiting_for_whatsapp', message: wordsFor(what) };
}

function wordsFor(what: PublishWait['what']): string {
  switch (what) {
    case 'lookup':
      return 'WhatsApp is being asked for the addresses and keys of the recipients.';
    case 'upload':
      return 'The file is on its way to WhatsApp’s media servers.';
    case 'ack':
      return 'The post has left, and WhatsApp has not confirmed it yet.';
    case 'late_ack':
      return 'WhatsApp has not confirmed an earlier part of the post yet; the next part waits for it.';
    case 'slower':
      return 'WhatsApp did not confirm a part of the post, or said that it was too much; the post goes on more slowly after a pause.';
  }
}

/** Why a post waits for another attempt after this one, in words. */
export function anotherAttemptInWords(failure: PublishFailure): WaitingReason {
  return { code: 'trying_again', message: `${whyAgain(failure)} It is tried again by itself.` };
}

function whyAgain(failure: PublishFailure): string {
  if (failure.result === 'unconfirmed') return 'The connection was lost before WhatsApp confirmed the post.';
  if (failure.result === 'rejected') return `WhatsApp refused the post (${failure.code}).`;
  if (failure.upload === 'refused') return 'WhatsApp’s media servers did not take the file.';
  if (failure.storyPrivacyIsUnknown)
    return 'WhatsApp did not say from whom the phone of this account hides its statuses.';
  if (failure.connectionLost) return 'The connection was lost before the post left.';
  return 'WhatsApp did not answer a question about the recipients.';
}

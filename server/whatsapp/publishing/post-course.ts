import type { AddressForm } from '../address-book/address-forms.js';
import { addressOf, type Recipient } from './audience-chunk.js';
import type { Chunk } from './chunk-sender.js';
import type {
  PersonAddress,
  PublishFailure,
  PublishOutcome,
  PublishRequest,
  PublishWait,
  RecipientResult,
} from '../gateway.js';
import type { MediaFailure } from './status-media.js';
import type { NewContent } from './status-keys.js';

/** A message to many, a status or what takes one back, as it is asked for. */
export interface Job {
  messageId: string;
  isRevoke: boolean;
  /** Made only when somebody is left to get it. */
  content: () => Promise<NewContent | MediaFailure>;
  recipients: readonly PersonAddress[];
  resumed: boolean;
  onChunk: PublishRequest['onChunk'];
  onProgress?: PublishRequest['onProgress'];
  onWaiting?: ((waiting: PublishWait | null) => void) | undefined;
  leftOut?: PublishRequest['leftOut'];
}

/** What is known of a post while its chunks leave. */
export interface Course {
  /** Those who are to get it, with the addresses that the first form found. */
  recipients: readonly Recipient[];
  /** Of those before this position it is known what became of them. */
  position: number;
  size: number;
  form: AddressForm;
  begunWith: AddressForm;
  ownerIsDue: boolean;
  /** When the last chunk was acknowledged. */
  sentAt: Date | undefined;
  /** Left out without anything having been sent; told with the next chunk. */
  untold: Recipient[];
  told: RecipientResult[];
  troubles: number;
  /** The next chunk is for some of those whose chunk was not acknowledged in time. */
  isRepeat: boolean;
  /** They may have it from a part that was not acknowledged in time. */
  mayHaveIt: Set<PersonAddress>;
  /** How often an ack of this post said that device lists are out of date. */
  staleLists: number;
}

export function courseOf(form: AddressForm, { resumed }: Job, chunkSize: number): Course {
  return {
    recipients: [],
    position: 0,
    size: chunkSize,
    form,
    begunWith: form,
    ownerIsDue: !resumed,
    sentAt: undefined,
    untold: [],
    told: [],
    troubles: 0,
    isRepeat: false,
    mayHaveIt: new Set<PersonAddress>(),
    staleLists: 0,
  };
}

/** Without those who must not get it. Who may have it already keeps it, and stands in the outcome. */
export async function remaining(
  { leftOut }: Job,
  { mayHaveIt, form }: Course,
  recipients: Recipient[],
): Promise<Recipient[]> {
  const open = mayHaveIt.size === 0 ? recipients : recipients.filter(({ person }) => !mayHaveIt.has(person));
  if (leftOut === undefined || open.length === 0) return recipients;
  const out = await leftOut(open.map((one) => ({ person: one.person, address: addressOf(one, form.server) })));
  return out.size === 0 ? recipients : recipients.filter(({ person }) => !out.has(person));
}

/** Takes those of the next part who are left out of it out of the post: a repetition is not for them either. */
export function leaveOut(course: Course, next: readonly Recipient[], people: readonly Recipient[]): void {
  if (people.length === next.length) return;
  const kept = new Set(people.map(({ person }) => person));
  const out = new Set(next.map(({ person }) => person).filter((person) => !kept.has(person)));
  course.recipients = course.recipients.filter(({ person }) => !out.has(person));
}

export function resultOf({ person, outcome }: Recipient): RecipientResult {
  return { person, outcome };
}

export type End =
  | { result: 'acknowledged'; at: Date }
  | { result: 'rejected'; code: string }
  | { result: 'unconfirmed'; connectionLost: boolean }
  | Extract<PublishFailure, { result: 'not_sent' }>;

/** The end of a post, in which chunks may have been acknowledged before. `failed` is the chunk that was not. */
export function outcomeOf({ sentAt, untold, told }: Course, end: End, failed?: Chunk): PublishOutcome {
  const rest = untold.map(resultOf);
  if (end.result === 'acknowledged' || sentAt === undefined) {
    const chunk = failed?.recipients.map(resultOf) ?? [];
    return { ...end, recipients: [...told, ...rest, ...chunk] };
  }
  return { result: 'partly_sent', at: sentAt, rest: end, recipients: [...told, ...rest] };
}

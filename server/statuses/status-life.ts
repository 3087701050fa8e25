import type { StatusState } from '../contract/statuses.js';

/** What happens to a status between being accepted and being gone, whoever caused it. */
export type StepName =
  /** Its time has come. */
  | 'due'
  /** The queue takes it into work. */
  | 'claim'
  /** On its way it waits for something, or goes on. */
  | 'wait'
  /** Something is found missing although it is sent. */
  | 'note'
  /** The attempt says nothing about WhatsApp's answer: there will be another one. */
  | 'put_back'
  | 'sent'
  | 'failed'
  /** Nothing of it has left, and nothing will: it is too late, or cannot go out. */
  | 'give_up'
  /** Somebody does not want it any more, and nothing of it has left. */
  | 'cancel'
  /** As `cancel`, of one that failed and is on no phone. */
  | 'cancel_failed'
  | 'retry'
  /** Somebody changes what it shows, whom it is for or when it goes out. */
  | 'edit'
  /** Somebody does not want it any more, and it may be on phones. */
  | 'ask_deletion'
  /** The queue takes it into work to take it back. */
  | 'claim_deletion'
  /** It was to be taken back, and is on no phone. */
  | 'never_arrived'
  | 'deleted'
  /** It stays on the phones. */
  | 'deletion_failed'
  /** As `deletion_failed`, of one that was stopped on its way to be deleted: the rest of it does not go out. */
  | 'stopped'
  /** The attempt to take it back says nothing about WhatsApp's answer. */
  | 'put_back_deletion'
  /** WhatsApp shows it no more. */
  | 'expire';

/** What must still be so for a step, besides the state: meanwhile somebody else may have taken another one. */
export type Guard =
  /** Nothing of it was ever handed to WhatsApp. */
  | 'never_started'
  /** The attempt to post that was read is the one under way. */
  | 'this_attempt'
  /** The attempt to take it back that was read is the last one. */
  | 'this_deletion'
  /** It is in the state in which it was read. */
  | 'same_state'
  /** Nobody has changed it since it was read. */
  | 'unchanged';

/** What a step tells: how far the status has come, its outcome, that it is deleted, that lists changed, and the queue that it has work. */
export type Telling = 'progress' | 'outcome' | 'deleted' | 'lists' | 'queue';

/** One step in the life of a status. */
export interface LifeStep {
  from: readonly StatusState[];
  /** `same`: it stays where it is. */
  to: StatusState | 'same';
  guards: readonly Guard[];
  /** Whether its recipients are counted anew: some may have got it, or are known not to, since they were last counted. */
  recounts: boolean;
  tells: readonly Telling[];
}

const waiting: readonly StatusState[] = ['scheduled', 'queued'];
const begun: readonly StatusState[] = ['queued', 'sending'];
const deletable: readonly StatusState[] = ['scheduled', 'queued', 'sending', 'sent', 'failed'];
const attempt = { from: ['sending'], guards: ['this_attempt'] } as const;
const deletion = { from: deletable, guards: ['this_deletion'] } as const;

/** The whole life of a status: each step, the states in which it may be taken, the state that follows, and who hears of it. */
export const life: Readonly<Record<StepName, LifeStep>> = {
  due: {
    from: ['scheduled'],
    to: 'queued',
    guards: ['unchanged'],
    recounts: false,
    tells: ['progress', 'lists', 'queue'],
  },
  claim: { from: begun, to: 'sending', guards: [], recounts: false, tells: ['progress'] },
  wait: { ...attempt, to: 'same', recounts: false, tells: ['lists'] },
  note: { ...attempt, to: 'same', recounts: false, tells: ['lists'] },
  put_back: { ...attempt, to: 'queued', recounts: true, tells: ['progress'] },
  sent: { ...attempt, to: 'sent', recounts: true, tells: ['outcome', 'lists'] },
  failed: { ...attempt, to: 'failed', recounts: true, tells: ['outcome', 'lists'] },
  give_up: {
    from: waiting,
    to: 'failed',
    guards: ['never_started', 'unchanged'],
    recounts: false,
    tells: ['progress', 'lists', 'outcome'],
  },
  cancel: { from: waiting, to: 'canceled', guards: ['never_started'], recounts: false, tells: ['progress', 'lists'] },
  cancel_failed: { from: ['failed'], to: 'canceled', guards: [], recounts: false, tells: ['progress', 'lists'] },
  retry: {
    from: ['failed', 'sent'],
    to: 'queued',
    guards: ['same_state'],
    recounts: true,
    tells: ['progress', 'lists', 'queue'],
  },
  edit: { from: waiting, to: 'same', guards: ['never_started'], recounts: false, tells: ['lists', 'queue'] },
  ask_deletion: { from: deletable, to: 'same', guards: [], recounts: false, tells: ['lists', 'queue'] },
  // Of one that was cut short nobody has counted yet who got it.
  claim_deletion: { from: deletable, to: 'same', guards: [], recounts: true, tells: [] },
  never_arrived: { from: deletable, to: 'canceled', guards: [], recounts: true, tells: ['progress', 'lists'] },
  deleted: { ...deletion, to: 'deleted', recounts: true, tells: ['deleted', 'lists'] },
  deletion_failed: { ...deletion, to: 'same', recounts: true, tells: ['lists'] },
  stopped: { ...deletion, from: begun, to: 'sent', recounts: true, tells: ['outcome', 'lists'] },
  put_back_deletion: { ...deletion, to: 'same', recounts: false, tells: [] },
  expire: { from: ['sent'], to: 'expired', guards: [], recounts: false, tells: ['lists'] },
};

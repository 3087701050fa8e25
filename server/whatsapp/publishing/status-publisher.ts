import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.js';
import type { KeyedLock } from '../../lib/running/keyed-lock.js';
import type { Logger } from '../../lib/logger.js';
import type { AccountForms } from '../address-book/account-forms.js';
import { formAfter, formOf, remedies, smallChunk } from '../address-book/address-forms.js';
import { parseJid, type Server } from '../wire/addresses.js';
import { lidServer, userServer } from '../jid.js';
import { ownUserOf, type Recipient, type ResolvingParts, resolveRecipients } from './audience-chunk.js';
import {
  type Asking,
  type Chunk,
  type ChunkAnswer,
  ChunkSender,
  type ChunkSenderParts,
  type Post,
} from './chunk-sender.js';
import { isConnectionFailure } from './connection-failure.js';
import { encodeContent } from './encode-content.js';
import {
  type AccountIdentity,
  type PublishOutcome,
  type PublishRequest,
  type RevokeRequest,
  UnansweredError,
} from '../gateway.js';
import { type Course, courseOf, type End, type Job, leaveOut, outcomeOf, remaining, resultOf } from './post-course.js';
import { numbersOfLids } from './recipient-devices.js';
import type { PreKeyBundle } from '../signal/session-start.js';
import type { StaleLists } from '../address-book/stale-lists.js';
import type { NewContent, StatusKeys } from './status-keys.js';
import type { MediaFailure, StatusMedia } from './status-media.js';
import { revokeMessage, textMessage } from './status-message.js';
import { Waits } from './waits.js';

export interface PublishingPace {
  /** Recipients per stanza. */
  chunkSize: number;
  /** Between two stanzas of one post, about: it varies by half. */
  chunkPauseMs: number;
}

export interface StatusPublisherParts extends ChunkSenderParts, ResolvingParts {
  keys: StatusKeys;
  media: StatusMedia;
  forms: AccountForms;
  staleLists: StaleLists;
  /** Sessions are taken further by one at a time, private messages included. */
  turns: KeyedLock;
  pace: PublishingPace;
  /** What a post waits for is said after this time. */
  noticeMs?: number | undefined;
  /** Replaces the connection by a new one. */
  renew: (reason: string) => void;
  clock: Clock;
  logger: Logger;
}

/** So often is a post slowed down before it is given up. */
const maxTroubles = 4;
const troublePauseMs = 2_000;
/** How many addresses are found at a time, before anything leaves. */
const resolvedAtOnce = 500;

/**
 * Posts statuses, with stanzas of our own making: Baileys' own way encrypts for the sending device, mixes both forms of
 * address, drops recipients without a word, asks for all keys again and again, and calls a written socket a success.
 *
 * A post leaves in chunks, one after another, under one id and with the same ciphertext.
 */
export class StatusPublisher {
  private readonly chunks: ChunkSender;

  constructor(private readonly parts: StatusPublisherParts) {
    this.chunks = new ChunkSender(parts);
  }

  /** Outcomes are data. One post at a time per account: the caller's queue sees to it. */
  publish(request: PublishRequest, account: AccountIdentity): Promise<PublishOutcome> {
    const { messageId, recipients, resumed = false, onChunk, onProgress, onWaiting, leftOut } = request;
    const content = (): Promise<NewContent | MediaFailure> => this.contentOf(request);
    const job = { messageId, isRevoke: false, content, recipients, resumed, onChunk, onProgress, onWaiting, leftOut };
    return this.run(job, account);
  }

  /** Takes a status back from these people and the own devices, which come first. */
  revoke(request: RevokeRequest, account: AccountIdentity): Promise<PublishOutcome> {
    const { messageId, revokedId, recipients, resumed = false, onChunk } = request;
    const payload = (): Buffer => encodeContent(revokeMessage(revokedId));
    const content: NewContent = { about: revokedId, payload, setting: 'contacts' };
    return this.run(
      { messageId, isRevoke: true, content: () => Promise.resolve(content), recipients, resumed, onChunk },
      account,
    );
  }

  /**
   * Sends one device again what it could not open, in a session of its own. `bundle` is what the device sent of its keys;
   * otherwise WhatsApp is asked, unless it refuses them. False: it is not kept any more, or the device has no usable keys.
   */
  resend(
    messageId: string,
    device: Asking,
    bundle: PreKeyBundle | undefined,
    account: AccountIdentity,
  ): Promise<boolean> {
    const { jid } = device;
    return this.parts.turns.run('sessions', async () => {
      const again = await this.parts.keys.sealAgain(messageId);
      if (again === undefined) return false;
      const server: Server = parseJid(jid)?.server === lidServer ? lidServer : userServer;
      const form = { ...formOf(account, undefined), server };
      const post: Post = { messageId, account, sealed: again.sealed, form, afresh: false };
      const isSent = await this.chunks.sendToDevice(post, device, bundle);
      if (isSent && again.isUnderPresentKey) await this.chunks.rememberKeyOf(post, jid);
      return isSent;
    });
  }

  /** The message of a post. A file is on WhatsApp's hosts before anybody is told of it. */
  private async contentOf(request: PublishRequest): Promise<NewContent | MediaFailure> {
    const { messageId, content } = request;
    const setting = (await request.setting?.()) ?? 'contacts';
    if (content.type === 'text' || content.type === 'link') {
      return { about: messageId, payload: () => encodeContent(textMessage(content)), setting };
    }
    const made = await this.parts.media.messageOf(content, await this.parts.keys.findPayload(messageId));
    if ('result' in made) return made;
    const { message, isRenewed } = made;
    return { about: messageId, payload: () => encodeContent(message), isRenewed, setting };
  }

  private async run(job: Job, account: AccountIdentity): Promise<PublishOutcome> {
    const course = courseOf(await this.parts.forms.first(account), job, this.parts.pace.chunkSize);
    try {
      return await this.sendAll(job, account, course);
    } catch (error) {
      // Unanswered questions and a lost connection are the network's; the rest is a bug.
      const { ended, socket } = this.parts;
      if (!(error instanceof UnansweredError) && !ended.aborted && !isConnectionFailure(error)) throw error;
      const reason = error instanceof Error ? error.message : 'the connection was lost';
      const connectionLost = ended.aborted || !socket.ws.isOpen;
      const isPrivacy = error instanceof UnansweredError && error.about === 'story_privacy';
      const end: End = { result: 'not_sent', reason, connectionLost };
      return outcomeOf(course, isPrivacy ? { ...end, storyPrivacyIsUnknown: true } : end);
    }
  }

  private async sendAll(job: Job, account: AccountIdentity, course: Course): Promise<PublishOutcome> {
    const { resumed } = job;
    const waits = new Waits(job.onWaiting, this.parts.noticeMs);
    course.recipients = await waits.during('lookup', null, this.reachable(job, course));
    if (course.recipients.length === 0 && (resumed || job.recipients.length > 0)) {
      return outcomeOf(course, resumed ? { result: 'acknowledged', at: this.parts.clock.now() } : everybodyLeftOut);
    }
    const content = await waits.during('upload', null, job.content());
    if ('result' in content) return { ...content, recipients: [] };
    const post = await this.begin(job, content, account, course);
    this.tellProgress(job, course);
    do {
      const size = Math.min(course.size, post.form.maxChunk);
      const next = course.recipients.slice(course.position, course.position + size);
      if (course.sentAt) await this.wait(this.parts.pace.chunkPauseMs);
      if (!course.isRepeat && !(await waits.during('late_ack', null, this.chunks.acksAreSettled(job.messageId)))) {
        if (!this.parts.ended.aborted) this.parts.renew('an ack of a post is missing');
        return outcomeOf(course, { result: 'unconfirmed', connectionLost: true });
      }
      const people = await remaining(job, course, await waits.during('lookup', null, this.addressed(post, next)));
      leaveOut(course, next, people);
      if (people.length === 0 && next.length > 0) continue;
      const { chunk, answer } = await this.parts.turns.run('sessions', () =>
        this.sendChunk(post, people, course.ownerIsDue, waits),
      );
      if (answer === undefined) {
        course.untold.push(...chunk.recipients);
        course.position += people.length;
        course.isRepeat = false;
      } else if (answer.result === 'acknowledged') {
        course.position += people.length;
        await this.settleChunk(job, post, course, chunk, answer);
      } else if (!(await this.goOnAfter(answer, post, course, people, waits))) {
        const connectionLost = this.parts.ended.aborted;
        return outcomeOf(
          course,
          answer.result === 'rejected' ? answer : { result: 'unconfirmed', connectionLost },
          chunk,
        );
      }
    } while (course.position < course.recipients.length);
    const sentAt = course.sentAt ?? (resumed ? this.parts.clock.now() : undefined);
    if (sentAt) return outcomeOf(course, { result: 'acknowledged', at: sentAt });
    if (job.recipients.length === 0) return outcomeOf(course, ownPhoneMissing);
    return outcomeOf(course, course.untold.length === 0 ? everybodyLeftOut : nobodyReached);
  }

  /**
   * The job's recipients with the addresses of its first form, without those who must not get it. All of that comes before
   * anything is encrypted: whoever is left out must not hold the key either.
   */
  private async reachable(job: Job, course: Course): Promise<Recipient[]> {
    const found: Recipient[] = [];
    for (let from = 0; from < job.recipients.length; from += resolvedAtOnce) {
      const some = job.recipients.slice(from, from + resolvedAtOnce);
      const recipients = await resolveRecipients(this.parts, some, course.form.server, false);
      for (const recipient of await remaining(job, course, recipients)) found.push(recipient);
    }
    return found;
  }

  /** The recipients of one chunk, to write outcomes into; their addresses are found anew after a refusal. */
  private addressed({ form, afresh }: Post, next: readonly Recipient[]): Promise<Recipient[]> {
    if (!afresh) return Promise.resolve(next.map((one) => ({ ...one })));
    const people = next.map(({ person }) => person);
    return resolveRecipients(this.parts, people, form.server, true);
  }

  /** No answer: nobody in the chunk can be reached, and nothing has left. */
  private async sendChunk(
    post: Post,
    people: Recipient[],
    withOwner: boolean,
    waits: Waits,
  ): Promise<{ chunk: Chunk; answer: ChunkAnswer | undefined }> {
    const chunk = await waits.during('lookup', null, this.chunks.prepare(post, people, withOwner));
    const isForNobody = people.length > 0 && chunk.recipients.every(({ outcome }) => outcome !== 'included');
    if (isForNobody || chunk.participants.length === 0) return { chunk, answer: undefined };
    return { chunk, answer: await waits.during('ack', this.parts.ackTimeoutMs, this.chunks.send(post, chunk)) };
  }

  private async begin(job: Job, content: NewContent, account: AccountIdentity, course: Course): Promise<Post> {
    const { messageId, isRevoke } = job;
    const users = (server: Server): Promise<string[]> => this.audience(course, account, server);
    const sealed = await this.parts.keys.seal(messageId, content, isRevoke ? null : users);
    return { messageId, account, sealed, form: course.form, afresh: false };
  }

  /** The users that recipients are known by in either form, without asking anybody. */
  private async audience({ recipients, form }: Course, account: AccountIdentity, server: Server): Promise<string[]> {
    const { auth } = this.parts;
    const users = [ownUserOf(account, server)];
    if (server === form.server) {
      for (const { user } of recipients) users.push(...nameOf(user));
    } else if (server === lidServer) {
      const numbers = recipients.flatMap(({ user }) => user ?? []);
      const lids = await auth.keys.get('lid-mapping', numbers);
      for (const { person, user } of recipients) users.push(...nameOf(person.lid ?? lids[user ?? '']));
    } else {
      const numbers = await numbersOfLids(
        auth,
        recipients.flatMap(({ user }) => user ?? []),
      );
      for (const { person, user } of recipients) users.push(...nameOf(numbers.get(user ?? '') ?? person.phoneNumber));
    }
    return users;
  }

  private async settleChunk(
    job: Job,
    post: Post,
    course: Course,
    chunk: Chunk,
    answer: ChunkAnswer & { result: 'acknowledged' },
  ): Promise<void> {
    const isFirst = course.sentAt === undefined;
    course.ownerIsDue = false;
    course.isRepeat = false;
    course.sentAt = answer.at;
    const results = [...course.untold, ...chunk.recipients].map(resultOf);
    course.untold = [];
    const { ownPhoneIsMissing } = chunk;
    if (job.onChunk) await job.onChunk({ recipients: results, at: answer.at, ownPhoneIsMissing });
    else course.told.push(...results);
    this.tellProgress(job, course);
    const { sessionId, devices, forms, staleLists, logger } = this.parts;
    if (isFirst) await forms.worked(post.account, post.form.name, course.begunWith.name);
    if (answer.listsAreStale && staleLists.allowLookUp(sessionId, course.staleLists)) {
      course.staleLists += 1;
      logger.info(
        { messageId: post.messageId },
        'WhatsApp knows more devices than a post reached; they are looked up anew',
      );
      await devices.expireLists(sessionId, post.form.server, chunk.users);
    }
    if (answer.addressesAreStale && post.form.server === lidServer) await this.renewAddresses(chunk.recipients);
  }

  private tellProgress({ onProgress, recipients }: Job, course: Course): void {
    const leftOut = recipients.length - course.recipients.length;
    onProgress?.({ done: leftOut + course.position, total: recipients.length });
  }

  /** Whether the same people are tried again after a chunk was not acknowledged: in the next form, or in smaller chunks. */
  private async goOnAfter(
    answer: ChunkAnswer,
    post: Post,
    course: Course,
    people: readonly Recipient[],
    waits: Waits,
  ): Promise<boolean> {
    if (this.parts.ended.aborted && answer.result === 'unconfirmed') return false;
    const remedy = remedies[answer.result === 'rejected' ? answer.code : 'none'];
    if (remedy === undefined) return false;
    // What WhatsApp has taken once in this form it takes in this form: then it is somebody in the chunk.
    if (remedy === 'next_form' && course.sentAt === undefined) {
      const next = formAfter(post.account, post.form.name);
      if (next === undefined) return false;
      this.parts.logger.info({ messageId: post.messageId, answer, form: next.name }, 'a post is tried in another form');
      course.form = next;
      post.form = next;
      post.afresh = true;
      return true;
    }
    if (people.length <= 1 || course.troubles >= maxTroubles) return false;
    course.troubles += 1;
    if (answer.result === 'unconfirmed') {
      course.isRepeat = true;
      for (const { person, outcome } of people) if (outcome === 'included') course.mayHaveIt.add(person);
    }
    course.size = Math.max(Math.min(smallChunk, people.length - 1), Math.ceil(people.length / 2));
    const waitMs = this.parts.pace.chunkPauseMs === 0 ? 0 : troublePauseMs * 2 ** course.troubles;
    await waits.during('slower', waitMs, this.wait(waitMs));
    return true;
  }

  /** WhatsApp says that somebody was addressed by a LID of the past: it must not be used again. */
  private async renewAddresses(recipients: readonly Recipient[]): Promise<void> {
    const { sessionId, devices } = this.parts;
    await devices.forget(
      sessionId,
      recipients.flatMap(({ user }) => user ?? []),
    );
    const people = recipients.map(({ person }) => person);
    await resolveRecipients(this.parts, people, lidServer, true);
  }

  private async wait(ms: number): Promise<void> {
    if (ms === 0) return;
    await pause(ms * (0.5 + Math.random()), undefined, { signal: this.parts.ended });
  }
}

const nobodyReached: End = { result: 'not_sent', reason: 'nobody can be reached', connectionLost: false };
const ownPhoneMissing: End = { ...nobodyReached, reason: 'the own phone has no keys', ownPhoneIsMissing: true };
const everybodyLeftOut: End = { ...nobodyReached, reason: 'everybody was left out', nobodyLeft: true };

function nameOf(user: string | null | undefined): string[] {
  return user ? [user] : [];
}

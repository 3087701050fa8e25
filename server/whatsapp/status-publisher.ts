import { setTimeout as pause } from 'node:timers/promises';
import { KeyedLock } from '../lib/keyed-lock.js';
import type { Logger } from '../lib/logger.js';
import { lidServer, parseJid, type Server, userServer } from './addresses.js';
import { otherForm, ownUserOf, type Recipient } from './audience-chunk.js';
import {
  type Chunk,
  type ChunkAnswer,
  ChunkSender,
  type ChunkSenderParts,
  encodeContent,
  type Post,
} from './chunk-sender.js';
import type {
  AccountIdentity,
  PersonAddress,
  PublishOutcome,
  PublishRequest,
  RecipientResult,
  RevokeRequest,
} from './gateway.js';
import { fetchBundles } from './key-delivery.js';
import { lidsOfNumbers, UnansweredError } from './recipient-devices.js';
import type { PreKeyBundle } from './signal/session-start.js';
import type { NewContent, StatusKeys } from './status-keys.js';
import type { MediaFailure, StatusMedia } from './status-media.js';
import { revokeMessage, textMessage } from './status-message.js';

export interface PublishingPace {
  /** Recipients per stanza. */
  chunkSize: number;
  /** Between two stanzas of one post, about: it varies by half. */
  chunkPauseMs: number;
}

export interface StatusPublisherParts extends ChunkSenderParts {
  keys: StatusKeys;
  media: StatusMedia;
  pace: PublishingPace;
  /** Replaces the connection by a new one. */
  renew: (reason: string) => void;
  logger: Logger;
}

interface Job {
  messageId: string;
  content: NewContent;
  recipients: readonly PersonAddress[];
  resumed: boolean;
  onChunk: PublishRequest['onChunk'];
  onProgress?: PublishRequest['onProgress'];
  leftOut?: PublishRequest['leftOut'];
}

/** What is known of a post while its chunks leave. */
interface Course {
  /** Of those before this position it is known what became of them. */
  position: number;
  size: number;
  ownerIsDue: boolean;
  /** When the last chunk was acknowledged. */
  sentAt: Date | undefined;
  /** Left out without anything having been sent; told with the next chunk. */
  untold: Recipient[];
  told: RecipientResult[];
  troubles: number;
  otherFormTried: boolean;
  /** The next chunk is for some of those whose chunk was not acknowledged in time. */
  isRepeat: boolean;
}

const minChunkSize = 25;
/** So often is a post slowed down before it is given up. */
const maxTroubles = 4;
const troublePauseMs = 2_000;

/**
 * Posts statuses, with stanzas of our own making: Baileys' own way encrypts for the sending device, mixes both forms of
 * address, drops recipients without a word, asks for all keys again and again, and calls a written socket a success.
 *
 * A post leaves in chunks, one after another, under one id and with the same ciphertext.
 */
export class StatusPublisher {
  private readonly chunks: ChunkSender;
  /** Sessions are taken further by one at a time. */
  private readonly turns = new KeyedLock();

  constructor(private readonly parts: StatusPublisherParts) {
    this.chunks = new ChunkSender(parts);
  }

  /** Outcomes are data. One post at a time per account: the caller's queue sees to it. */
  async publish(request: PublishRequest, account: AccountIdentity): Promise<PublishOutcome> {
    const { messageId, recipients, resumed = false, onChunk, onProgress, leftOut } = request;
    const made = await this.contentOf(request);
    if ('result' in made) return { ...made, recipients: [] };
    return this.run({ messageId, content: made, recipients, resumed, onChunk, onProgress, leftOut }, account);
  }

  /** Takes a status back from these people and the own devices, which come first. */
  revoke(request: RevokeRequest, account: AccountIdentity): Promise<PublishOutcome> {
    const { messageId, revokedId, recipients, resumed = false, onChunk } = request;
    const payload = (): Buffer => encodeContent(revokeMessage(revokedId));
    const content = { about: revokedId, payload };
    return this.run({ messageId, content, recipients, resumed, onChunk }, account);
  }

  /**
   * Sends one device again what it could not open, in a session of its own. `bundle` is what the device sent of its keys;
   * otherwise WhatsApp is asked. False: it is not kept any more, or the device has no usable keys.
   */
  resend(messageId: string, jid: string, bundle: PreKeyBundle | undefined, account: AccountIdentity): Promise<boolean> {
    return this.turns.run('sessions', async () => {
      const sealed = await this.parts.keys.sealAgain(messageId);
      if (sealed === undefined) return false;
      const known = bundle ? new Map([[jid, bundle]]) : await fetchBundles(this.parts.socket, [jid]);
      const server = parseJid(jid)?.server === lidServer ? lidServer : userServer;
      const post = { messageId, account, sealed, form: { server, afresh: false } } as const;
      return this.chunks.sendToDevice(post, jid, known);
    });
  }

  /** The message of a post. A file is on WhatsApp's hosts before anybody is told of it. */
  private async contentOf({ messageId, content }: PublishRequest): Promise<NewContent | MediaFailure> {
    if (content.type === 'text' || content.type === 'link') {
      return { about: messageId, payload: () => encodeContent(textMessage(content)) };
    }
    const made = await this.parts.media.messageOf(content, await this.parts.keys.findPayload(messageId));
    if ('result' in made) return made;
    const { message, isRenewed } = made;
    return { about: messageId, payload: () => encodeContent(message), isRenewed };
  }

  private async run(job: Job, account: AccountIdentity): Promise<PublishOutcome> {
    const course: Course = {
      position: 0,
      size: this.parts.pace.chunkSize,
      ownerIsDue: !job.resumed,
      sentAt: undefined,
      untold: [],
      told: [],
      troubles: 0,
      otherFormTried: false,
      isRepeat: false,
    };
    try {
      return await this.sendAll(job, account, course);
    } catch (error) {
      // Unanswered questions and a lost connection are the network's; the rest is a bug.
      const { ended, socket } = this.parts;
      if (!(error instanceof UnansweredError) && !ended.aborted && !isConnectionFailure(error)) throw error;
      const reason = error instanceof Error ? error.message : 'the connection was lost';
      const connectionLost = ended.aborted || !socket.ws.isOpen;
      return outcomeOf(course, { result: 'not_sent', reason, connectionLost });
    }
  }

  private async sendAll(job: Job, account: AccountIdentity, course: Course): Promise<PublishOutcome> {
    const { recipients, resumed } = job;
    if (resumed && recipients.length === 0)
      return outcomeOf(course, { result: 'acknowledged', at: this.parts.clock.now() });
    const post = await this.begin(job, account, account.lid === null ? userServer : lidServer);
    job.onProgress?.({ done: 0, total: recipients.length });
    do {
      const next = recipients.slice(course.position, course.position + course.size);
      if (course.sentAt) await this.wait(this.parts.pace.chunkPauseMs);
      if (!course.isRepeat && !(await this.chunks.acksAreSettled(job.messageId))) {
        if (!this.parts.ended.aborted) this.parts.renew('an ack of a post is missing');
        return outcomeOf(course, { result: 'unconfirmed', connectionLost: true });
      }
      const people = await remaining(job, course, next);
      if (people.length === 0 && next.length > 0) {
        course.position += next.length;
        continue;
      }
      const { chunk, answer } = await this.turns.run('sessions', () => this.sendChunk(post, people, course.ownerIsDue));
      if (answer === undefined) {
        course.untold.push(...chunk.recipients);
        course.position += next.length;
        course.isRepeat = false;
      } else if (answer.result === 'acknowledged') {
        course.position += next.length;
        await this.settleChunk(job, post, course, chunk, answer);
      } else if (!(await this.goOnAfter(answer, post, course, people.length))) {
        const connectionLost = this.parts.ended.aborted;
        return outcomeOf(
          course,
          answer.result === 'rejected' ? answer : { result: 'unconfirmed', connectionLost },
          chunk,
        );
      }
    } while (course.position < recipients.length);
    const sentAt = course.sentAt ?? (resumed ? this.parts.clock.now() : undefined);
    if (sentAt) return outcomeOf(course, { result: 'acknowledged', at: sentAt });
    return outcomeOf(course, { result: 'not_sent', reason: 'nobody can be reached', connectionLost: false });
  }

  /** No answer: nobody in the chunk can be reached, and nothing has left. */
  private async sendChunk(
    post: Post,
    people: readonly PersonAddress[],
    withOwner: boolean,
  ): Promise<{ chunk: Chunk; answer: ChunkAnswer | undefined }> {
    const chunk = await this.chunks.prepare(post, people, withOwner);
    const isForNobody = people.length > 0 && chunk.recipients.every(({ outcome }) => outcome !== 'included');
    if (isForNobody || chunk.participants.length === 0) return { chunk, answer: undefined };
    return { chunk, answer: await this.chunks.send(post, chunk) };
  }

  private async begin(job: Job, account: AccountIdentity, server: Server): Promise<Post> {
    const { messageId, content } = job;
    const isRevoke = content.about !== messageId;
    const users = (): Promise<string[]> => this.audience(job.recipients, account, server);
    const sealed = await this.parts.keys.seal(messageId, content, isRevoke ? null : { server, users });
    return { messageId, account, sealed, form: { server, afresh: false } };
  }

  /** The users that recipients are known by, without asking anybody. */
  private async audience(
    recipients: readonly PersonAddress[],
    account: AccountIdentity,
    server: Server,
  ): Promise<string[]> {
    const isByLid = server === lidServer;
    const unpaired = recipients.flatMap(({ phoneNumber, lid }) => (lid === null && phoneNumber ? [phoneNumber] : []));
    const lids = isByLid && unpaired.length > 0 ? await this.parts.auth.keys.get('lid-mapping', unpaired) : {};
    const users = [ownUserOf(account, server)];
    for (const { phoneNumber, lid } of recipients) {
      const user = isByLid ? (lid ?? lids[phoneNumber ?? '']) : phoneNumber;
      if (user) users.push(user);
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
    course.ownerIsDue = false;
    course.isRepeat = false;
    course.sentAt = answer.at;
    const results = [...course.untold, ...chunk.recipients].map(resultOf);
    course.untold = [];
    if (job.onChunk) await job.onChunk({ recipients: results, at: answer.at });
    else course.told.push(...results);
    job.onProgress?.({ done: course.position, total: job.recipients.length });
    const { sessionId, devices, logger } = this.parts;
    const { server } = post.form;
    if (answer.listsAreStale) {
      logger.info(
        { messageId: post.messageId },
        'WhatsApp knows more devices than a post reached; they are looked up anew',
      );
      await devices.expireLists(sessionId, server, chunk.users);
    }
    if (answer.addressesAreStale && server === lidServer) await this.renewAddresses(chunk.recipients);
  }

  /** Whether the same people are tried again after a chunk was not acknowledged. */
  private async goOnAfter(answer: ChunkAnswer, post: Post, course: Course, people: number): Promise<boolean> {
    const code = answer.result === 'rejected' ? answer.code : undefined;
    if (code === '479' && !course.otherFormTried && course.sentAt === undefined) {
      course.otherFormTried = true;
      post.form = { server: otherForm(post.account, post.form.server) ?? post.form.server, afresh: true };
      return true;
    }
    const isTrouble = answer.result === 'unconfirmed' ? !this.parts.ended.aborted : code === '429';
    if (!isTrouble || people <= 1 || course.troubles >= maxTroubles) return false;
    course.troubles += 1;
    if (answer.result === 'unconfirmed') course.isRepeat = true;
    course.size = Math.max(Math.min(minChunkSize, people - 1), Math.ceil(people / 2));
    await this.wait(this.parts.pace.chunkPauseMs === 0 ? 0 : troublePauseMs * 2 ** course.troubles);
    return true;
  }

  /** WhatsApp says that somebody was addressed by a LID of the past: it must not be used again. */
  private async renewAddresses(recipients: readonly Recipient[]): Promise<void> {
    const { sessionId, devices, onAddressPairs } = this.parts;
    await devices.forget(
      sessionId,
      recipients.flatMap(({ user }) => user ?? []),
    );
    const numbers = recipients.flatMap(({ person }) => person.phoneNumber ?? []);
    const lids = await lidsOfNumbers(this.parts, numbers, true);
    await onAddressPairs([...lids].map(([phoneNumber, lid]) => ({ phoneNumber, lid })));
  }

  private async wait(ms: number): Promise<void> {
    if (ms === 0) return;
    await pause(ms * (0.5 + Math.random()), undefined, { signal: this.parts.ended });
  }
}

/** Without those who must not get it any more. */
async function remaining(
  { leftOut }: Job,
  { isRepeat }: Course,
  people: readonly PersonAddress[],
): Promise<readonly PersonAddress[]> {
  if (leftOut === undefined || isRepeat || people.length === 0) return people;
  const out = await leftOut(people);
  return out.size === 0 ? people : people.filter((person) => !out.has(person));
}

function resultOf({ person, outcome }: Recipient): RecipientResult {
  return { person, outcome };
}

type End =
  | { result: 'acknowledged'; at: Date }
  | { result: 'rejected'; code: string }
  | { result: 'unconfirmed'; connectionLost: boolean }
  | { result: 'not_sent'; reason: string; connectionLost: boolean };

/** The end of a post, in which chunks may have been acknowledged before. `failed` is the chunk that was not. */
function outcomeOf({ sentAt, untold, told }: Course, end: End, failed?: Chunk): PublishOutcome {
  const rest = untold.map(resultOf);
  if (end.result === 'acknowledged' || sentAt === undefined) {
    const chunk = failed?.recipients.map(resultOf) ?? [];
    return { ...end, recipients: [...told, ...rest, ...chunk] };
  }
  return { result: 'partly_sent', at: sentAt, rest: end, recipients: [...told, ...rest] };
}

/** A closed socket rejects with a bare close code; Baileys' own errors carry a status code. */
function isConnectionFailure(error: unknown): boolean {
  return typeof error === 'number' || (error instanceof Error && 'output' in error);
}

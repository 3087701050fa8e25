import { AppError, validationError } from '../lib/app-error.js';

/** Why something could not be fetched. A result, not a bug: the other side is not ours. */
export type RefusalReason =
  /** Not an http or https address, or one with a name and password. */
  | 'bad_address'
  /** It leads, at once, by its name or by a redirect, to a machine that is not on the public internet. */
  | 'private_address'
  | 'unreachable'
  | 'too_slow'
  | 'too_large'
  | 'too_many_redirects'
  /** Answered with something other than success. */
  | 'not_served'
  /** Its server says that it cannot answer now (408, 425, 429, 5xx). */
  | 'not_now'
  | 'wrong_type'
  /** Compressed in a way that cannot be read, or cut off. */
  | 'unreadable'
  /** Too many fetches run already, or the server is stopping. */
  | 'busy';

const sentences: Readonly<Record<RefusalReason, string>> = {
  bad_address: 'Give an address that starts with http:// or https:// and has no password in it.',
  private_address: 'The address leads to a private network, and this server does not look there.',
  unreachable: 'Nothing could be reached at the address.',
  too_slow: 'The address took too long to answer.',
  too_large: 'What is at the address is too large.',
  too_many_redirects: 'The address leads from one place to the next without an end.',
  not_served: 'There is nothing at the address.',
  not_now: 'The server at the address cannot answer just now.',
  wrong_type: 'What is at the address is not of a kind that is accepted.',
  unreadable: 'What is at the address arrived incomplete or in a form that cannot be read.',
  busy: 'Too many addresses are being read just now. Try again in a moment.',
};

/** Says nothing about what is at the address: another time it may be fetched. */
const passing: ReadonlySet<RefusalReason> = new Set(['busy', 'too_slow', 'unreachable', 'not_now']);
const retryAfterSeconds = 30;

/** Thrown inside `server/outbound` only; callers get {@link Refused}. */
export class FetchRefusal extends Error {
  override readonly name = 'FetchRefusal';

  constructor(
    readonly reason: RefusalReason,
    /** What there was instead, in lower case, with `wrong_type`. */
    readonly contentType?: string,
  ) {
    super(sentences[reason]);
  }
}

/** Nothing was fetched, and nothing stayed on disk. `message` is a sentence for a person and names no inner address. */
export interface Refused {
  result: 'refused';
  reason: RefusalReason;
  message: string;
  /** What there was instead, in lower case, with `wrong_type`. */
  contentType?: string;
}

/** As a failure to tell, where nothing can be done without what is at the address: `field` is what names it. */
export function failureOf({ reason, message }: Refused, field: string): AppError {
  if (!passing.has(reason)) return validationError(field, message);
  return new AppError('unavailable', `${message.replace(/ Try again in a moment\.$/, '')} Try again in a moment.`, {
    retryAfterSeconds,
  });
}

/** What a failure on the way means: ours as it is, anything else by where it came from. */
export function refusedBy(error: unknown): Refused {
  const reason = reasonOf(error);
  const refused: Refused = { result: 'refused', reason, message: sentences[reason] };
  return error instanceof FetchRefusal && error.contentType !== undefined
    ? { ...refused, contentType: error.contentType }
    : refused;
}

function reasonOf(error: unknown): RefusalReason {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof FetchRefusal) return cause.reason;
    const code = 'code' in cause ? String(cause.code) : '';
    if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_FORMAT') || code.startsWith('ERR_BROTLI'))
      return 'unreadable';
    if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
      return 'too_slow';
    }
    if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' || code === 'UND_ERR_HEADERS_OVERFLOW') return 'unreadable';
  }
  return 'unreachable';
}

/** What can be wrong with a database as a whole; nothing of it is the fault of a request. */
export type TroubleKind =
  | 'full'
  | 'read_only'
  | 'busy'
  | 'disk_fails'
  | 'damaged'
  | 'moved'
  | 'not_opened'
  | 'unreachable'
  | 'no_connection_left'
  | 'refused'
  | 'not_trusted'
  | 'wrong_pooling'
  | 'silent';

/** How soon asking again makes sense. What somebody has to put right takes longer than what passes by itself. */
const retryAfterSeconds: Readonly<Record<TroubleKind, number>> = {
  full: 60,
  read_only: 60,
  busy: 5,
  disk_fails: 60,
  damaged: 300,
  moved: 60,
  not_opened: 60,
  unreachable: 10,
  no_connection_left: 10,
  refused: 60,
  not_trusted: 60,
  wrong_pooling: 60,
  silent: 10,
};

/**
 * The database cannot be used now. `message` is a sentence for whoever asked, `remedy` one for whoever runs the server. It is
 * no `AppError`: whatever was being done is neither refused nor over, and is tried again once the database is well.
 */
export class DatabaseTrouble extends Error {
  override readonly name = 'DatabaseTrouble';
  readonly retryAfterSeconds: number;

  constructor(
    readonly kind: TroubleKind,
    message: string,
    readonly remedy: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryAfterSeconds = retryAfterSeconds[kind];
  }

  /** Both sentences, for whoever runs the server. */
  get inWords(): string {
    return `${this.message} ${this.remedy}`;
  }
}

/** Errors that were passed on once or twice still name what they come from. */
const deepestCause = 5;

/** The trouble that an error is, or comes from. */
export function troubleBehind(error: unknown): DatabaseTrouble | undefined {
  let current = error;
  for (let depth = 0; depth < deepestCause && current instanceof Error; depth += 1) {
    if (current instanceof DatabaseTrouble) return current;
    current = current.cause;
  }
  return undefined;
}

/** Why the server cannot start, for whoever starts it; `cause` is what the database itself says. */
export function startProblem(trouble: DatabaseTrouble): string {
  const { cause } = trouble;
  // What follows " - " is the database's own; before it stands the statement.
  const said = cause instanceof Error ? cause.message.split(' - ').at(-1) : undefined;
  const ownWords = said === undefined || said === '' ? '' : ` (${said})`;
  return `The server cannot start. ${trouble.message.replace(/ Try again .*$/, '')}${ownWords} ${trouble.remedy.replace(/; the server goes on by itself/, '')}`;
}

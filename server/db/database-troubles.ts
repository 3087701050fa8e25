import { DatabaseTrouble, type TroubleKind } from '../lib/database-trouble.js';

type Words = readonly [sentence: string, remedy: string];

const noPlace = 'Nothing can be stored now: the disk of the database is full. Try again later.';
const makeRoom = 'Make room there; the server goes on by itself.';

const sqliteWords: Readonly<Partial<Record<TroubleKind, Words>>> = {
  full: [noPlace, makeRoom],
  read_only: [
    'Nothing can be stored now: the database can only be read. Try again later.',
    'Let the user of the server write the file of the database and its folder (permissions, a disk that is mounted read-only); the server goes on by itself.',
  ],
  busy: [
    'The database is held by another program. Try again in a moment.',
    'Find out which program holds the file of the database (a backup, a shell, a second server) and end it; the server goes on by itself.',
  ],
  disk_fails: [
    'The disk of the database gives or takes no data. Try again later.',
    'Look into the log of the system for the disk; once it works, the server goes on by itself.',
  ],
  damaged: [
    'The database is damaged. Nothing more is done until it is put right.',
    'Stop the server, keep a copy of the file and those beside it, and restore a backup, or what `sqlite3 FILE .recover` saves.',
  ],
  not_opened: [
    'The database cannot be opened. Try again later.',
    'Look whether DATA_DIR is there and the user of the server may read and write it; the server goes on by itself.',
  ],
};

/** By SQLite's primary result codes, https://www.sqlite.org/rescode.html. */
const sqliteKinds: Readonly<Record<string, TroubleKind>> = {
  SQLITE_FULL: 'full',
  SQLITE_READONLY: 'read_only',
  SQLITE_BUSY: 'busy',
  SQLITE_LOCKED: 'busy',
  SQLITE_PROTOCOL: 'busy',
  SQLITE_IOERR: 'disk_fails',
  SQLITE_NOMEM: 'disk_fails',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
  SQLITE_CANTOPEN: 'not_opened',
  SQLITE_PERM: 'not_opened',
  SQLITE_AUTH: 'not_opened',
};

const postgresWords: Readonly<Partial<Record<TroubleKind, Words>>> = {
  full: [noPlace, makeRoom],
  read_only: [
    'Nothing can be stored now: the database can only be read. Try again later.',
    'PostgreSQL is a standby, or set to read only (default_transaction_read_only): let DATABASE_URL lead to the primary.',
  ],
  busy: [
    'The database has too much to do. Try again in a moment.',
    'See what holds locks or takes long there (pg_stat_activity); the server goes on by itself.',
  ],
  disk_fails: [
    'The disk of the database gives or takes no data. Try again later.',
    'Look into the log of PostgreSQL; once it works, the server goes on by itself.',
  ],
  damaged: [
    'The database is damaged. Nothing more is done until it is put right.',
    'Look into the log of PostgreSQL, and restore a backup.',
  ],
  unreachable: [
    'The database does not answer. Try again in a moment.',
    'Look whether PostgreSQL runs and can be reached at the address in DATABASE_URL; the server goes on by itself.',
  ],
  no_connection_left: [
    'The database takes no more connections. Try again in a moment.',
    'Raise max_connections of PostgreSQL (or the limits of the pooler), or lower DATABASE_POOL_SIZE; the server goes on by itself.',
  ],
  refused: [
    'The database does not let the server in. Try again later.',
    'Look at user, password and name of the database in DATABASE_URL, at pg_hba.conf and at the rights of the user.',
  ],
  not_trusted: [
    'The certificate of the database cannot be trusted. Try again later.',
    "Put the certificate of the authority that PostgreSQL's provider names into a file, and add sslmode=verify-full&sslrootcert=/path/to/that/file to DATABASE_URL, whose host has to be one that the certificate names. sslmode=no-verify encrypts without asking who answers; without sslmode nothing is encrypted.",
  ],
  wrong_pooling: [
    'The pooler before the database allows no transactions. Try again later.',
    'Set pool_mode = transaction (or session) in pgbouncer: everything that is stored together is one transaction.',
  ],
  silent: [
    'The database did not answer in time. Try again in a moment.',
    'See what holds locks or takes long there (pg_stat_activity); the server goes on by itself.',
  ],
};

/** By SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html; the first two characters are its class. */
const postgresKinds: readonly (readonly [RegExp, TroubleKind])[] = [
  [/^53100$/, 'full'],
  [/^53300$/, 'no_connection_left'],
  [/^(25006|57P0[45])$/, 'read_only'],
  [/^(40001|40P01|55P03|55006|57014|53[24]00|53000)$/, 'busy'],
  [/^(08|57P0[123])/, 'unreachable'],
  [/^(58|F0)/, 'disk_fails'],
  [/^XX00[12]$/, 'damaged'],
  [/^(28|3D|42501)/, 'refused'],
];

/** What Node says of a connection that cannot be had or broke. */
const networkCodes =
  /^(ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|E(HOST|NET)(UNREACH|DOWN)|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EADDRNOTAVAIL|ENOENT|EACCES|EMFILE|ENFILE)$/;

/** OpenSSL's words, as Node has them, for a certificate that does not convince. */
const certificateCodes =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|ERR_OSSL_\w+)$/;
const noTlsWords = /The server does not support SSL connections/;

/** pg gives no code where a connection ends or cannot be had in time. Knex writes the statement before it. */
const endedWords =
  /(^| - )(Connection terminated|Client has encountered a connection error|timeout expired|Connection ended unexpectedly|Client was closed)/i;

/** What pgbouncer says for itself, all of it under one code (08P01). */
const poolerWords: readonly (readonly [RegExp, TroubleKind])[] = [
  [/statement pooling mode/i, 'wrong_pooling'],
  [/no more connections allowed|too many connections|max_client_conn/i, 'no_connection_left'],
  [
    /query_wait_timeout|server_login_retry|server login (has been )?fail|pgbouncer cannot connect|shutting down/i,
    'unreachable',
  ],
  [/query_timeout|idle_transaction_timeout|transaction_timeout/i, 'busy'],
];

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

/** The trouble that a failure of SQLite means; undefined where it is about the statement, its values or the program. */
export function sqliteTroubleOf(error: unknown): DatabaseTrouble | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  const primary = Object.keys(sqliteKinds).find((name) => code === name || code.startsWith(`${name}_`));
  const kind = primary === undefined ? poolTrouble(error) : sqliteKinds[primary];
  return kind && troubleOf(kind, sqliteWords, error);
}

/** The same for PostgreSQL, the network to it and a pooler before it. */
export function postgresTroubleOf(error: unknown): DatabaseTrouble | undefined {
  if (!(error instanceof Error)) return undefined;
  const kind = postgresKindOf(error, codeOf(error)) ?? poolTrouble(error);
  return kind && troubleOf(kind, postgresWords, error);
}

/** The open database has another file at its address, or none: what would be written now would be lost. */
export function movedTrouble(file: string, isThere: boolean): DatabaseTrouble {
  const what = isThere ? 'was replaced' : 'was deleted or moved away';
  return new DatabaseTrouble(
    'moved',
    `The file of the database ${what} while the server runs. Nothing is stored or posted until that is put right.`,
    `Put the file that was at ${file} back and the server goes on by itself; or stop the server, restore a backup there with the files beside it (-wal, -shm), and start it.`,
  );
}

/** It did not answer within the time of a health check. */
export function silentTrouble(timeoutMs: number, cause: unknown): DatabaseTrouble {
  return new DatabaseTrouble(
    'silent',
    `The database did not answer within ${String(timeoutMs / 1000)} s. Try again in a moment.`,
    'Another program may hold it, or it has too much to do; the server goes on by itself.',
    cause,
  );
}

/** All connections of this process were in use for too long; knex tells it by this name. */
function poolTrouble(error: Error): TroubleKind | undefined {
  return error.name === 'KnexTimeoutError' ? 'busy' : undefined;
}

function postgresKindOf(error: Error, code: string): TroubleKind | undefined {
  const ofPooler = code.startsWith('08') && poolerWords.find(([words]) => words.test(error.message));
  if (ofPooler) return ofPooler[1];
  const ofState = /^[0-9A-Z]{5}$/.test(code) ? postgresKinds.find(([states]) => states.test(code)) : undefined;
  if (ofState) return ofState[1];
  // The file that sslrootcert names is read when a connection is made.
  const isFile = 'syscall' in error && error.syscall === 'open';
  if (isFile || certificateCodes.test(code) || noTlsWords.test(error.message)) return 'not_trusted';
  // A host that has several addresses fails with one error that holds those of all.
  if (error instanceof AggregateError) return 'unreachable';
  return networkCodes.test(code) || (code === '' && endedWords.test(error.message)) ? 'unreachable' : undefined;
}

function troubleOf(
  kind: TroubleKind,
  words: Readonly<Partial<Record<TroubleKind, Words>>>,
  cause: Error,
): DatabaseTrouble {
  const [sentence, remedy] = words[kind] ?? ['The database cannot be used now. Try again later.', ''];
  return new DatabaseTrouble(kind, sentence, remedy, cause);
}

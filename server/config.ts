import path from 'node:path';
import { z } from 'zod';
import { childEnvironment } from './lib/child-environment.js';
import { Secret } from './lib/secret.js';
import { isTrustworthy, isWhatsAppAddress } from './lib/service-addresses.js';
import { publicAddressOf, publicUrlSetting, type PublicAddress } from './lib/public-url.js';
import { list, parseAuthKey, wholeNumber } from './lib/setting-kinds.js';
import { settingInWords, settingProblem } from './lib/setting-problems.js';

const megabyte = 1024 * 1024;
const whatsAppUrl = 'wss://web.whatsapp.com/ws/chat';

/** Settings whose value is never repeated. */
const secrets = ['API_KEY', 'DATABASE_URL', 'AUTH_ENCRYPTION_KEY', 'WHATSAPP_ROOT_KEY'];
/**
 * Every setting, with its default and its text for `.env.example`. Values are text, as the environment has them; an
 * empty one counts as not set.
 */
export const settings = z.object({
  HOST: z.string().default('127.0.0.1').describe('The address to listen on. 0.0.0.0 lets other machines in.'),
  PORT: wholeNumber(0, 65_535).default(3000).describe('The port to listen on. 0 takes any free one.'),
  PUBLIC_URL: publicUrlSetting,
  API_KEY: z
    .string()
    .min(16, 'Give at least 16 characters.')
    .default('')
    .describe('The key that may do everything. Made and written to .env at the first start when it is empty.'),
  DATA_DIR: z.string().default('data').describe('The folder of the SQLite file.'),
  UPLOADS_DIR: z.string().default('uploads').describe('The folder of uploaded media.'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'Give a postgres:// address.')
    .default('')
    .describe('A postgres:// address. Empty uses the SQLite file in DATA_DIR.'),
  DATABASE_POOL_SIZE: wholeNumber(2, 500)
    .default(10)
    .describe(
      'How many connections to PostgreSQL this process may have. All processes together need fewer than its max_connections.',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much to log: fatal, error, warn, info, debug, trace or silent.'),
  RATE_LIMIT_MAX: wholeNumber(1, 1_000_000)
    .default(300)
    .describe(
      'How many API requests one IP address may make in a window; those without a valid key are counted apart.',
    ),
  RATE_LIMIT_DASHBOARD_MAX: wholeNumber(1, 1_000_000)
    .default(5_000)
    .describe('The same for everybody who is signed in to the dashboard, which asks again whenever something changes.'),
  RATE_LIMIT_WINDOW_MINUTES: wholeNumber(1, 1_440).default(15).describe('How long that window is.'),
  CORS_ORIGINS: list
    .pipe(z.array(z.url({ protocol: /^https?$/, error: 'Give origins such as https://example.com.' })))
    .default([])
    .describe('Other web origins that may use the API and the live events from a browser, comma-separated.'),
  TRUST_PROXY: wholeNumber(0, 10)
    .default(0)
    .describe('How many reverse proxies stand in front; the client address is taken from behind them.'),
  BODY_LIMIT_KB: wholeNumber(1, 102_400).default(1_024).describe('The largest JSON body.'),
  MAX_UPLOAD_MB: wholeNumber(1, 2_048).default(256).describe('The largest uploaded file.'),
  UNFINISHED_UPLOADS_MAX: wholeNumber(1, 1_000)
    .default(20)
    .describe('How many uploads of one key or person may be on their way or in preparation at the same time.'),
  UNFINISHED_UPLOADS_MB: wholeNumber(1, 1_048_576)
    .default(2_048)
    .describe('How much these may have together. At least MAX_UPLOAD_MB.'),
  ORGANIZATION_STORAGE_MB: wholeNumber(0, 1_073_741_824)
    .default(20_480)
    .describe('How much the uploaded files of one organization may have together. 0 sets no limit.'),
  KEEP_DISK_FREE_MB: wholeNumber(0, 1_073_741_824)
    .default(1_024)
    .describe('How much of the disk of UPLOADS_DIR uploads leave free. 0 lets them fill it.'),
  KEEP_UNFINISHED_UPLOADS_HOURS: wholeNumber(1, 720)
    .default(24)
    .describe('How long an upload that can be resumed is kept after it was begun.'),
  KEEP_UNUSED_UPLOADS_DAYS: wholeNumber(0, 3_650)
    .default(30)
    .describe('How long an uploaded file is kept that no status or template shows. 0 keeps it for ever.'),
  FFMPEG_PATH: z
    .string()
    .default('')
    .describe('The program ffmpeg, to use it instead of the media engine that comes with the packages.'),
  MEDIA_JOBS_AT_ONCE: wholeNumber(0, 64)
    .default(0)
    .describe(
      'How many files may be prepared at the same time. 0 takes one less than there are processors, 2 at least and 8 at most.',
    ),
  MEDIA_MEMORY_MB: wholeNumber(0, 1_048_576)
    .default(0)
    .describe(
      'How much memory all of them may take together when they are unpacked. 0 takes a quarter of the machine, 512 at least and 2048 at most.',
    ),
  STATUS_MEDIA_SECONDS: wholeNumber(2, 600)
    .default(60)
    .describe('How long one video or voice status may last. A longer video is cut and posted in parts.'),
  MAX_VIDEO_MINUTES: wholeNumber(1, 120).default(10).describe('The longest video that is cut into parts.'),
  AUTH_ENCRYPTION_KEY: z
    .string()
    .refine((text) => text === '' || parseAuthKey(text) !== undefined, 'Give 32 bytes in hexadecimal or base64.')
    .default('')
    .describe(
      'The key that seals the credentials of linked accounts, 32 bytes in hexadecimal or base64. Empty uses the file auth.key in DATA_DIR, made at the first start. Without the right one no linked account can be used.',
    ),
  NODE_NAME: z
    .string()
    .min(1)
    .max(64)
    .default('main')
    .describe('The name of this process where several share a database.'),
  SESSION_LEASE_SECONDS: wholeNumber(1, 600)
    .default(30)
    .describe('How long an account stays with a process that says nothing more, before another one may take it over.'),
  JWKS_URL: z
    .string()
    .refine(
      (address) => address === '' || isTrustworthy(address),
      'Give an https:// address. One with http:// may only be on this machine: who changes keys on their way can sign in as anybody.',
    )
    .default('')
    .describe('Where the login service shows its public keys. Empty lets nobody in with a login token (JWT).'),
  JWT_ISSUER: z.string().default('').describe('The issuer ("iss") that login tokens must have. Needed with JWKS_URL.'),
  JWT_AUDIENCE: list
    .default([])
    .describe(
      'The audience ("aud") that login tokens must be meant for; several comma-separated. Needed with JWKS_URL.',
    ),
  JWT_ORGANIZATION_CLAIM: z
    .string()
    .default('organization')
    .describe('The claim with the organization id. Dots lead into objects, here and in the next two.'),
  JWT_ROLE_CLAIM: z
    .string()
    .default('role')
    .describe('The claim with the role: viewer, operator or admin, or a list with one of them.'),
  JWT_NAME_CLAIM: z.string().default('name').describe('The claim with the name of the person.'),
  JWT_CLOCK_TOLERANCE_SECONDS: wholeNumber(0, 300)
    .default(30)
    .describe('How far the clocks of the login service and of this server may differ.'),
  JWT_CREATE_ORGANIZATIONS: z
    .enum(['true', 'false'], 'Give true or false.')
    .transform((value) => value === 'true')
    .default(false)
    .describe('Whether a login of an organization that does not exist here yet creates it (true or false).'),
  POSTING_PACE: z
    .enum(['safe', 'off'])
    .default('safe')
    .describe(
      'How fast accounts post that chose no pace of their own: safe (irregular gaps, a daily cap, few posts from a new session) or off.',
    ),
  STATUS_CHUNK_SIZE: wholeNumber(1, 5_000)
    .default(300)
    .describe(
      'How many recipients one part of a post has. It is halved when WhatsApp is slow or says that it is too much.',
    ),
  STATUS_CHUNK_PAUSE_MS: wholeNumber(0, 60_000)
    .default(500)
    .describe('The pause between two parts of a post, in milliseconds; it varies by half.'),
  STATUS_RESEND_KEYS: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'Send the key of statuses with every post, also to devices that have it. Slower; for when some see nothing.',
    ),
  SESSION_STARTS_AT_ONCE: wholeNumber(1, 1_000)
    .default(10)
    .describe('How many accounts may be on their way to WhatsApp at the same time.'),
  SESSION_STARTS_PER_MINUTE: wholeNumber(1, 100_000)
    .default(300)
    .describe('How many accounts may set out for WhatsApp within a minute.'),
  RECONNECT_FIRST_PAUSE_MS: wholeNumber(1, 600_000)
    .default(1_000)
    .describe('How long an account that lost WhatsApp waits before it connects again. Doubled with each try.'),
  RECONNECT_LONGEST_PAUSE_SECONDS: wholeNumber(1, 86_400).default(300).describe('The longest such pause.'),
  OUTBOUND_ALLOW_PRIVATE: list
    .default([])
    .describe(
      'Hosts on private networks that links and media may be fetched from, comma-separated, as "name" or "name:port". All others are refused.',
    ),
  WHATSAPP_URL: z
    .url({ protocol: /^wss?$/, error: 'Give a ws:// or wss:// address.' })
    .default(whatsAppUrl)
    .describe('The WebSocket of WhatsApp. Change it only to use the simulator.'),
  WHATSAPP_ROOT_KEY: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'Give 32 bytes as 64 hexadecimal digits.')
    .default('')
    .describe('The public key that signs the server certificate, for the simulator. Empty is the real one.'),
  WHATSAPP_MEDIA_CA_FILE: z
    .string()
    .default('')
    .describe('A PEM file with the certificate authority of the media server, for the simulator.'),
});

export type SettingName = keyof typeof settings.shape;

/** How login tokens are checked and read. */
export interface JwtConfig {
  jwksUrl: URL;
  issuer: string;
  audiences: readonly string[];
  claimNames: { organization: string; role: string; name: string };
  clockToleranceMs: number;
  createOrganizations: boolean;
}

/** How much uploads may take. */
export interface UploadLimitsConfig {
  /** Of one key or person, on their way or in preparation. */
  unfinishedCount: number;
  unfinishedBytes: number;
  /** Of one organization; Infinity where there is no limit. */
  organizationBytes: number;
  keepDiskFreeBytes: number;
  /** What can be resumed is forgotten this long after it was begun. */
  keepUnfinishedMs: number;
}

/** The settings as the server uses them. */
export interface Config {
  host: string;
  port: number;
  /** Where browsers reach the server behind a proxy. */
  publicAddress: PublicAddress | null;
  apiKey: Secret;
  dataDir: string;
  uploadsDir: string;
  databaseUrl: Secret | null;
  databaseFile: string;
  databasePoolSize: number;
  logLevel: string;
  rateLimit: { max: number; dashboardMax: number; windowMs: number };
  corsOrigins: readonly string[];
  trustProxy: number;
  bodyLimitBytes: number;
  maxUploadBytes: number;
  uploadLimits: UploadLimitsConfig;
  /** 0 for ever. */
  keepUnusedUploadsMs: number;
  media: {
    /** The program that is to be used; undefined takes what comes with the packages. */
    ffmpegPath: string | undefined;
    statusMs: number;
    longestVideoMs: number;
    /** What the machine bears where nothing is said. */
    jobsAtOnce: number | undefined;
    memoryBytes: number | undefined;
    /** All that media workers see of the environment. */
    workerEnvironment: Readonly<Record<string, string>>;
  };
  /** 32 bytes in hexadecimal; null takes the key file in the data folder. */
  authKey: Secret | null;
  nodeName: string;
  sessionLeaseMs: number;
  postingPace: 'safe' | 'off';
  /** null where nobody signs in with a token. */
  jwt: JwtConfig | null;
  /** How posts are cut into parts. */
  publishing: { chunkSize: number; chunkPauseMs: number; resendKeys: boolean };
  sessionStarts: { atOnce: number; perMinute: number };
  reconnectPauses: { firstMs: number; longestMs: number };
  /** Hosts on private networks that addresses given by callers may lead to. */
  outboundAllowPrivate: readonly string[];
  whatsapp: { url: string; isSimulated: boolean; rootKey: Buffer | null; mediaCaFile: string | null };
}

/** The environment is not usable; `problems` has one sentence per setting. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length === 1 ? 'a problem' : 'problems'}:\n  ${problems.join('\n  ')}`);
  }
}

/** Reads the settings; throws a {@link ConfigError} with everything that is wrong. Other variables are left alone. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.keys(settings.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const parsed = settings.safeParse(given, { error: settingInWords });
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path: [name], message }) =>
        settingProblem(String(name), message, given[String(name)], secrets.includes(String(name))),
      );
  if (!env['API_KEY']) problems.push('API_KEY: Give the key that may do everything.');
  if (given['JWKS_URL']) {
    // Without these two, a token that the same login service made for any other program would open this one.
    for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE']) {
      if (!/[^\s,]/.test(given[name] ?? ''))
        problems.push(`${name}: Login tokens are accepted (JWKS_URL), so say what theirs must be.`);
    }
  }
  if (simulatorTrustOnRealHost(given)) {
    problems.push(
      'WHATSAPP_URL: A trust root or certificate authority of a simulator must not be used with the real WhatsApp. ' +
        'Clear WHATSAPP_ROOT_KEY and WHATSAPP_MEDIA_CA_FILE, or point WHATSAPP_URL at the simulator.',
    );
  }
  if (parsed.data && parsed.data.UNFINISHED_UPLOADS_MB < parsed.data.MAX_UPLOAD_MB) {
    problems.push('UNFINISHED_UPLOADS_MB: Give at least MAX_UPLOAD_MB, or the largest files could never be uploaded.');
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return configOf(parsed.data, childEnvironment(env));
}

/** With a foreign trust root, whoever stands between us and WhatsApp could read and forge everything. */
function simulatorTrustOnRealHost(given: Record<string, string | undefined>): boolean {
  if (!given['WHATSAPP_ROOT_KEY'] && !given['WHATSAPP_MEDIA_CA_FILE']) return false;
  return isWhatsAppAddress(given['WHATSAPP_URL'] ?? whatsAppUrl);
}

function jwtOf(values: z.output<typeof settings>): JwtConfig | null {
  if (values.JWKS_URL === '') return null;
  return {
    jwksUrl: new URL(values.JWKS_URL),
    issuer: values.JWT_ISSUER,
    audiences: values.JWT_AUDIENCE,
    claimNames: {
      organization: values.JWT_ORGANIZATION_CLAIM,
      role: values.JWT_ROLE_CLAIM,
      name: values.JWT_NAME_CLAIM,
    },
    clockToleranceMs: values.JWT_CLOCK_TOLERANCE_SECONDS * 1000,
    createOrganizations: values.JWT_CREATE_ORGANIZATIONS,
  };
}

function configOf(values: z.output<typeof settings>, workerEnvironment: Readonly<Record<string, string>>): Config {
  const authKey = parseAuthKey(values.AUTH_ENCRYPTION_KEY);
  const dataDir = path.resolve(values.DATA_DIR);
  return {
    host: values.HOST,
    port: values.PORT,
    publicAddress: publicAddressOf(values.PUBLIC_URL),
    apiKey: new Secret(values.API_KEY),
    dataDir,
    uploadsDir: path.resolve(values.UPLOADS_DIR),
    databaseUrl: values.DATABASE_URL === '' ? null : new Secret(values.DATABASE_URL),
    databaseFile: path.join(dataDir, 'statuscast.sqlite'),
    databasePoolSize: values.DATABASE_POOL_SIZE,
    logLevel: values.LOG_LEVEL,
    rateLimit: {
      max: values.RATE_LIMIT_MAX,
      dashboardMax: values.RATE_LIMIT_DASHBOARD_MAX,
      windowMs: values.RATE_LIMIT_WINDOW_MINUTES * 60_000,
    },
    corsOrigins: values.CORS_ORIGINS.map((origin) => new URL(origin).origin),
    trustProxy: values.TRUST_PROXY,
    bodyLimitBytes: values.BODY_LIMIT_KB * 1024,
    maxUploadBytes: values.MAX_UPLOAD_MB * megabyte,
    uploadLimits: {
      unfinishedCount: values.UNFINISHED_UPLOADS_MAX,
      unfinishedBytes: values.UNFINISHED_UPLOADS_MB * megabyte,
      organizationBytes: values.ORGANIZATION_STORAGE_MB === 0 ? Infinity : values.ORGANIZATION_STORAGE_MB * megabyte,
      keepDiskFreeBytes: values.KEEP_DISK_FREE_MB * megabyte,
      keepUnfinishedMs: values.KEEP_UNFINISHED_UPLOADS_HOURS * 60 * 60_000,
    },
    keepUnusedUploadsMs: values.KEEP_UNUSED_UPLOADS_DAYS * 24 * 60 * 60_000,
    media: {
      ffmpegPath: values.FFMPEG_PATH === '' ? undefined : values.FFMPEG_PATH,
      statusMs: values.STATUS_MEDIA_SECONDS * 1000,
      longestVideoMs: values.MAX_VIDEO_MINUTES * 60_000,
      jobsAtOnce: values.MEDIA_JOBS_AT_ONCE || undefined,
      memoryBytes: values.MEDIA_MEMORY_MB === 0 ? undefined : values.MEDIA_MEMORY_MB * 1024 * 1024,
      workerEnvironment,
    },
    authKey: authKey ? new Secret(authKey.toString('hex')) : null,
    nodeName: values.NODE_NAME,
    jwt: jwtOf(values),
    sessionLeaseMs: values.SESSION_LEASE_SECONDS * 1000,
    postingPace: values.POSTING_PACE,
    publishing: {
      chunkSize: values.STATUS_CHUNK_SIZE,
      chunkPauseMs: values.STATUS_CHUNK_PAUSE_MS,
      resendKeys: values.STATUS_RESEND_KEYS === 'true',
    },
    sessionStarts: { atOnce: values.SESSION_STARTS_AT_ONCE, perMinute: values.SESSION_STARTS_PER_MINUTE },
    reconnectPauses: {
      firstMs: values.RECONNECT_FIRST_PAUSE_MS,
      longestMs: values.RECONNECT_LONGEST_PAUSE_SECONDS * 1000,
    },
    outboundAllowPrivate: values.OUTBOUND_ALLOW_PRIVATE,
    whatsapp: {
      url: values.WHATSAPP_URL,
      isSimulated: !isWhatsAppAddress(values.WHATSAPP_URL),
      rootKey: values.WHATSAPP_ROOT_KEY === '' ? null : Buffer.from(values.WHATSAPP_ROOT_KEY, 'hex'),
      mediaCaFile: values.WHATSAPP_MEDIA_CA_FILE === '' ? null : path.resolve(values.WHATSAPP_MEDIA_CA_FILE),
    },
  };
}

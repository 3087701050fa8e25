import { accountConfigOf, type AccountConfig } from './config/account-settings.js';
import { httpConfigOf, type HttpConfig } from './config/http-settings.js';
import { linkConfigOf, linkProblems, type LinkConfig } from './config/link-settings.js';
import { loginConfigOf, loginProblems, type LoginConfig } from './config/login-settings.js';
import { mediaConfigOf, type MediaConfig } from './config/media-settings.js';
import { outsideConfigOf, outsideProblems, type OutsideConfig } from './config/outside-settings.js';
import { postingConfigOf, type PostingConfig } from './config/posting-settings.js';
import { settingInWords, settingProblem } from './config/problems.js';
import { quotaConfigOf, type QuotaConfig } from './config/quota-settings.js';
import { retentionConfigOf, retentionProblems, type RetentionConfig } from './config/retention-settings.js';
import { serverConfigOf, type ServerConfig } from './config/server-settings.js';
import { secrets, settings } from './config/settings.js';
import { uploadConfigOf, uploadProblems, type UploadConfig } from './config/upload-settings.js';
import { childEnvironment } from './lib/child-environment.js';

export type SettingName = keyof typeof settings.shape;

/** The settings as the server uses them. */
export interface Config
  extends
    ServerConfig,
    HttpConfig,
    UploadConfig,
    QuotaConfig,
    RetentionConfig,
    MediaConfig,
    AccountConfig,
    LoginConfig,
    PostingConfig,
    LinkConfig,
    OutsideConfig {}

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
  const problems = (parsed.error?.issues ?? []).map(({ path: [name], message }) =>
    settingProblem(String(name), message, given[String(name)], secrets.includes(String(name))),
  );
  if (!env['API_KEY']) problems.push('API_KEY: Give the key that may do everything.');
  problems.push(...loginProblems(given), ...outsideProblems(given), ...linkProblems(given));
  if (parsed.data) problems.push(...uploadProblems(parsed.data), ...retentionProblems(parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const values = parsed.data;
  return {
    ...serverConfigOf(values),
    ...httpConfigOf(values),
    ...uploadConfigOf(values),
    ...quotaConfigOf(values),
    ...retentionConfigOf(values),
    ...mediaConfigOf(values, childEnvironment(env)),
    ...accountConfigOf(values),
    ...loginConfigOf(values),
    ...postingConfigOf(values),
    ...linkConfigOf(values),
    ...outsideConfigOf(values),
  };
}

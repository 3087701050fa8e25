import { z } from 'zod';
import { accountSettings } from './account-settings.js';
import { httpSettings } from './http-settings.js';
import { linkSettings } from './link-settings.js';
import { loginSettings } from './login-settings.js';
import { mediaSettings } from './media-settings.js';
import { outsideSettings } from './outside-settings.js';
import { postingSettings } from './posting-settings.js';
import { quotaSettings } from './quota-settings.js';
import { retentionSettings } from './retention-settings.js';
import { serverSettings } from './server-settings.js';
import { uploadSettings } from './upload-settings.js';

/** Settings whose value is never repeated. */
export const secrets: readonly string[] = ['API_KEY', 'DATABASE_URL', 'AUTH_ENCRYPTION_KEY', 'WHATSAPP_ROOT_KEY'];

/**
 * Every setting, with its default and its text for `.env.example`. Values are text, as the environment has them; an
 * empty one counts as not set.
 */
export const settings = z.object({
  ...serverSettings,
  ...httpSettings,
  ...uploadSettings,
  ...quotaSettings,
  ...retentionSettings,
  ...mediaSettings,
  ...accountSettings,
  ...loginSettings,
  ...postingSettings,
  ...linkSettings,
  ...outsideSettings,
});

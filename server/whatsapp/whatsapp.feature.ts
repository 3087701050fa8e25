import { readFile } from 'node:fs/promises';
import type { Core } from '../core.js';
import { AccountFormsStore } from './address-book/account-forms-store.js';
import { createBaileysGateway } from './baileys-gateway.js';
import { WebVersionStore } from './connection/web-version-store.js';
import { type FetchWebVersion, fetchWebVersion } from './connection/web-versions.js';
import { authKeyFile, createAuthCipher, loadAuthKey } from './credentials/auth-cipher.js';
import { AuthStore } from './credentials/auth-store.js';
import type { WhatsAppGateway } from './gateway.js';
import { RecipientDevicesStore } from './publishing/recipient-devices-store.js';
import { SentMessagesStore } from './publishing/sent-messages-store.js';

export interface WhatsAppNeeds {
  /** Whether this process still runs the session, asked in the transaction that writes for it. */
  isStillOurs: ConstructorParameters<typeof AuthStore>[3];
  /** In place of asking WhatsApp, or nobody where there is a simulator. */
  fetchVersion: FetchWebVersion | undefined;
}

/** The way to WhatsApp. */
export async function whatsappFeature(
  { config, database, clock, logger, lifecycle }: Core,
  { isStillOurs, fetchVersion }: WhatsAppNeeds,
): Promise<WhatsAppGateway> {
  const { url, isSimulated, rootKey, mediaCaFile } = config.whatsapp;
  const authKey =
    config.authKey === null
      ? await loadAuthKey(authKeyFile(config.dataDir))
      : Buffer.from(config.authKey.reveal(), 'hex');
  const authCipher = createAuthCipher(authKey);
  const gateway = createBaileysGateway({
    url,
    rootKey,
    mediaCa: mediaCaFile === null ? null : await readFile(mediaCaFile, 'utf8'),
    authStore: new AuthStore(database, authCipher, clock, isStillOurs),
    recipientDevices: new RecipientDevicesStore(database),
    sentMessages: new SentMessagesStore(database, authCipher),
    accountForms: new AccountFormsStore(database),
    publishing: config.publishing,
    versionStore: new WebVersionStore(database),
    fetchVersion: fetchVersion ?? (isSimulated ? null : fetchWebVersion),
    clock,
    logger,
  });
  lifecycle.add({ name: 'WhatsApp', stop: () => gateway.stop() });
  return gateway;
}

import { buildDeviceIdentity } from '../crypto/adv.js';
import { pnJid } from '../wire/jid.js';
import type { PairingSession } from '../protocol/pairing-session.js';
import { parseQr } from '../wire/pairing-stanzas.js';
import type { ServerParts } from '../protocol/server-parts.js';
import type { Account } from '../state/account.js';
import { LinkCodeExchange, normalizeCode } from './link-code.js';

export type LinkingContext = Pick<ServerParts, 'desk' | 'log' | 'now' | 'refusals'>;

const requestGraceMs = 1_000;

/** The answer to "link this device", for whoever played the phone. */
export type LinkOutcome =
  | { linked: true; phoneNumber: string; lid: string | null; jid: string; deviceJid: string }
  | { linked: false; reason: string };

/** The person scans the QR that a client shows, with this phone; it is taken out only for a readable QR. */
export async function scanQr(context: LinkingContext, phone: () => Account, qr: string): Promise<LinkOutcome> {
  const content = parseQr(qr);
  if (typeof content === 'string') {
    context.refusals.record('a phone', 'scan-qr', content);
    return { linked: false, reason: content };
  }
  const account = phone();
  const session = context.desk.findByRef(content.ref, context.now());
  if (typeof session === 'string') return refused(context, account, 'scan-qr', session);
  const { identityKey, noiseKey } = session.registration;
  if (!content.noiseKey.equals(noiseKey)) {
    return refused(context, account, 'scan-qr', 'the QR holds another Noise key than its connection');
  }
  if (!content.identityKey.equals(identityKey)) {
    return refused(context, account, 'scan-qr', 'the QR holds another identity key than its connection');
  }
  return link(context, account, session, content.advSecret);
}

/** The person types the code that a client shows for this phone's number. One attempt per code. */
export async function enterCode(context: LinkingContext, account: Account, typed: string): Promise<LinkOutcome> {
  const code = normalizeCode(typed);
  if (!code) return refused(context, account, 'enter-code', 'a code has eight letters and digits');
  await context.desk.awaitRequest(account.phoneNumber, requestGraceMs);
  const waiting = context.desk.findByPhoneNumber(account.phoneNumber, context.now());
  if (typeof waiting === 'string') return refused(context, account, 'enter-code', waiting);
  const { session, ref, wrappedEphemeral } = waiting;
  context.desk.withdrawCode(session);
  try {
    const exchange = await LinkCodeExchange.begin(account.identity, code, wrappedEphemeral);
    const bundle = exchange.finish(await session.exchangeCode(ref, exchange.hello));
    if (typeof bundle === 'string') return refused(context, account, 'enter-code', bundle);
    return await link(context, account, session, bundle.advSecret);
  } catch (error) {
    return refused(context, account, 'enter-code', error instanceof Error ? error.message : String(error));
  }
}

async function link(
  context: LinkingContext,
  account: Account,
  session: PairingSession,
  advSecret: Buffer,
): Promise<LinkOutcome> {
  if (account.passkeyGated) {
    session.demandPasskey();
    return refused(context, account, 'passkey', 'the account asks for its passkey on the other device');
  }
  const companion = account.addCompanion(session.registration);
  if (typeof companion === 'string') return refused(context, account, 'link', companion);
  const pending = buildDeviceIdentity({
    account: account.identity,
    companionIdentity: session.registration.identityKey,
    advSecret,
    rawId: account.rawId,
    keyIndex: companion.keyIndex,
    timestampSeconds: Math.floor(context.now() / 1000),
  });
  const reason = await session
    .complete(companion, pending)
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  if (reason !== null) {
    account.companions.delete(companion.deviceId);
    return refused(context, account, 'link', reason);
  }
  context.log('info', 'linked', { account: account.phoneNumber, device: companion.deviceId });
  const { phoneNumber, lid } = account.person;
  return { linked: true, phoneNumber, lid, jid: pnJid(phoneNumber), deviceJid: pnJid(phoneNumber, companion.deviceId) };
}

function refused(context: LinkingContext, account: Account, rule: string, reason: string): LinkOutcome {
  context.refusals.record(`the phone of ${account.phoneNumber}`, rule, reason);
  return { linked: false, reason };
}

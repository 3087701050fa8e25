import { enterCode, scanQr, type LinkingContext, type LinkOutcome } from '../phone/phone.js';
import { pnJid } from '../wire/jid.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { Account, Companion } from '../state/account.js';
import { ControlError } from './control-server.js';

type Context = LinkingContext & Pick<ServerContext, 'world'>;

export interface LinkedDevice {
  phoneNumber: string;
  lid: string | null;
  jid: string;
  deviceJid: string;
}

export interface AccountView {
  phoneNumber: string;
  lid: string | null;
  jid: string;
  name: string;
  devices: {
    deviceJid: string;
    online: boolean;
    linkedAt: string;
    logins: number;
    preKeys: number;
    /** Stanzas that the device has not acknowledged. */
    unacknowledged: number;
    /** Of the present connection, as the server counts; null without one. */
    traffic: { queries: number; receivedBytes: number; sentBytes: number } | null;
  }[];
}

/** The hands on the phones: making accounts, linking and unlinking devices. */
export class LinkingControls {
  constructor(private readonly context: Context) {}

  addAccount(
    wanted: { phoneNumber?: string | undefined; name?: string | undefined; lid?: boolean | undefined } = {},
  ): AccountView {
    return describe(this.context.world.accountOf(this.context.world.addPerson(wanted)));
  }

  accounts(): AccountView[] {
    return [...this.context.world.accounts].map(describe);
  }

  account(phoneNumber: string): AccountView {
    return describe(this.get(phoneNumber));
  }

  /** Scans with the phone of this number, or with a fresh one. 422 in words when nothing is linked. */
  async scanQr(
    qr: string,
    by: { phoneNumber?: string | undefined; name?: string | undefined } = {},
  ): Promise<LinkedDevice> {
    return linkedOrThrow(await scanQr(this.context, () => this.phoneOf(by), qr));
  }

  async enterCode(phoneNumber: string, code: string): Promise<LinkedDevice> {
    return linkedOrThrow(await enterCode(this.context, this.phoneOf({ phoneNumber }), code));
  }

  /** Removes linked devices from the phone: one, or all of them. Returns how many. */
  unlink(phoneNumber: string, deviceId?: number): { removed: number } {
    const companions = this.get(phoneNumber).liveCompanions.filter(
      (companion) => deviceId === undefined || companion.deviceId === deviceId,
    );
    for (const companion of companions) this.context.world.removeCompanion(companion);
    return { removed: companions.length };
  }

  get(phoneNumber: string): Account {
    const account = this.context.world.findAccount(phoneNumber);
    if (!account) throw new ControlError(404, `${phoneNumber} has no account`);
    return account;
  }

  /** The account's linked devices, or the one named. */
  devices(phoneNumber: string, deviceId?: number): Companion[] {
    const devices = this.get(phoneNumber).liveCompanions;
    const named = devices.filter((device) => deviceId === undefined || device.deviceId === deviceId);
    if (named.length === 0) throw new ControlError(404, `${phoneNumber} has no such linked device`);
    return named;
  }

  private phoneOf({ phoneNumber, name }: { phoneNumber?: string | undefined; name?: string | undefined }): Account {
    const { world } = this.context;
    const known = phoneNumber === undefined ? undefined : world.findPersonByNumber(phoneNumber);
    const person = known ?? world.addPerson({ phoneNumber, name });
    if (known && name !== undefined) known.name = name;
    return world.accountOf(person);
  }
}

function linkedOrThrow(outcome: LinkOutcome): LinkedDevice {
  if (!outcome.linked) throw new ControlError(422, outcome.reason);
  const { phoneNumber, lid, jid, deviceJid } = outcome;
  return { phoneNumber, lid, jid, deviceJid };
}

function trafficOf({ link }: Companion): AccountView['devices'][number]['traffic'] {
  if (!link) return null;
  const { receivedBytes, sentBytes } = link.wire;
  return { queries: link.queries, receivedBytes, sentBytes };
}

function describe(account: Account): AccountView {
  const { phoneNumber, lid, name } = account.person;
  return {
    phoneNumber,
    lid,
    jid: pnJid(phoneNumber),
    name,
    devices: account.liveCompanions.map((companion) => ({
      deviceJid: companion.jid,
      online: companion.link !== null,
      linkedAt: companion.linkedAt.toISOString(),
      logins: companion.loginCount,
      preKeys: companion.preKeyCount,
      unacknowledged: companion.outbox.size,
      traffic: trafficOf(companion),
    })),
  };
}

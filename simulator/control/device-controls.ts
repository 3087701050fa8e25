import { z } from 'zod';
import { pnJid } from '../wire/jid.js';
import { element, unixSeconds, type BinaryNode } from '../wire/node.js';
import { participantHash } from '../wire/participant-hash.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { Person } from '../state/person.js';
import { ControlError, parseWith, type ControlRoute } from './control-server.js';

type Context = Pick<ServerContext, 'events' | 'nextStanzaId' | 'world'>;

const maxDevices = 10;
const devicesSchema = z.strictObject({
  count: z.int().min(0).max(maxDevices),
  silently: z.boolean().optional(),
  unsigned: z.boolean().optional(),
});
const reinstallSchema = z.strictObject({ silently: z.boolean().optional() });

/** How many linked clients were told. */
export interface Announced {
  told: number;
}

/**
 * What happens to a contact's devices. Every linked client is told, as the server tells those who know the person;
 * `silently` leaves that out, so that a client has to find out by itself.
 */
export class DeviceControls {
  constructor(private readonly context: Context) {}

  /**
   * The contact has so many devices from now on; `unsigned`: those that come have no key index, as before the phone has
   * signed them. 409 for accounts: their devices come from linking.
   */
  setCount(phoneNumber: string, count: number, { silently = false, unsigned = false } = {}): Announced {
    const person = this.contact(phoneNumber);
    const before = person.deviceCount;
    if (count === before) return { told: 0 };
    person.deviceCount = count;
    const [from, to] = [Math.min(before, count), Math.max(before, count)];
    const changed = Array.from({ length: to - from }, (_, index) => from + index);
    for (const device of changed) {
      if (unsigned && count > before) person.unsignedDevices.add(device);
      else person.unsignedDevices.delete(device);
    }
    return this.tell(silently, () =>
      devicesNotification(person, count > before ? 'add' : 'remove', changed, this.id()),
    );
  }

  /**
   * The contact installs WhatsApp anew: another identity, other keys, no stories. Clients are told by the
   * `<identity/>` notification, upon which Baileys opens a new session if it had one.
   */
  reinstall(phoneNumber: string, { silently = false } = {}): Announced {
    const person = this.contact(phoneNumber);
    person.reinstall();
    this.context.events.emit('person', person);
    return this.tell(silently, () =>
      element('notification', { from: pnJid(phoneNumber), type: 'encrypt', id: this.id(), t: unixSeconds() }, [
        element('identity'),
      ]),
    );
  }

  routes(): ControlRoute[] {
    return [
      {
        method: 'POST',
        path: '/admin/contacts/:phone/devices',
        handle: ({ params, body }) => {
          const { count, silently = false, unsigned = false } = parseWith(devicesSchema, body);
          return this.setCount(params['phone'] ?? '', count, { silently, unsigned });
        },
      },
      {
        method: 'POST',
        path: '/admin/contacts/:phone/reinstall',
        handle: ({ params, body }) => {
          const { silently = false } = parseWith(reinstallSchema, body);
          return this.reinstall(params['phone'] ?? '', { silently });
        },
      },
    ];
  }

  private tell(silently: boolean, build: () => BinaryNode): Announced {
    if (silently) return { told: 0 };
    const clients = [...this.context.world.accounts].flatMap((account) => account.liveCompanions);
    for (const client of clients) client.deliver(build());
    return { told: clients.length };
  }

  private contact(phoneNumber: string): Person {
    const person = this.context.world.findPersonByNumber(phoneNumber);
    if (!person) throw new ControlError(404, `${phoneNumber} is nobody here`);
    if (this.context.world.findAccount(phoneNumber)) {
      throw new ControlError(409, `${phoneNumber} is an account: link or unlink its devices`);
    }
    return person;
  }

  private id(): string {
    return this.context.nextStanzaId();
  }
}

function devicesNotification(
  person: Person,
  change: 'add' | 'remove',
  devices: readonly number[],
  id: string,
): BinaryNode {
  const jid = pnJid(person.phoneNumber);
  const listed = devices.map((device) =>
    element('device', { jid: pnJid(person.phoneNumber, device), 'key-index': person.keyIndexOf(device) }),
  );
  const now = unixSeconds();
  return element('notification', { from: jid, type: 'devices', id, t: now }, [
    element(change, { device_hash: deviceHash(person) }, [...listed, element('key-index-list', { ts: now })]),
  ]);
}

function deviceHash(person: Person): string {
  const { phoneNumber: user } = person;
  return participantHash(person.simulatedDevices().map(({ id }) => ({ form: 'pn', user, device: id })));
}

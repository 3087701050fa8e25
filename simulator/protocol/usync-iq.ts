import { namesOf, type DeviceEntry, type Person } from '../state/person.js';
import type { World } from '../state/world.js';
import { iqResult } from '../wire/iq-answers.js';
import type { IqHandler, IqRequest } from './iq-handler.js';
import { lidJid, parseJid, pnJid } from '../wire/jid.js';
import { childOf, childrenOf, element, textOf, unixSeconds, type BinaryNode } from '../wire/node.js';

/** What nobody has here; clients that ask for it beside other things are told nothing of it. */
const emptyProtocols: ReadonlySet<string> = new Set([
  'bot',
  'business',
  'picture',
  'sidelist',
  'text_status',
  'username',
]);
const knownProtocols: ReadonlySet<string> = new Set([
  'devices',
  'lid',
  'contact',
  'status',
  'disappearing_mode',
  ...emptyProtocols,
]);
const maxUsers = 20_000;

/** Who is on WhatsApp, with which devices and which LID. */
export const answerUsync: IqHandler = async (request) => {
  const { iq, context, refuse } = request;
  const usync = childOf(iq, 'usync');
  const query = childOf(usync, 'query');
  if (!usync || !query) return refuse('usync', 'a usync request without a query');
  const protocols = childrenOf(query).map((protocol) => protocol.tag);
  const unknown = protocols.find((protocol) => !knownProtocols.has(protocol));
  if (unknown !== undefined) return refuse('usync', `usync does not serve "${unknown}"`);
  const users = childrenOf(childOf(usync, 'list'), 'user');
  if (users.length > maxUsers) return refuse('usync', `${users.length} users in one query`, 406, 'not-acceptable');
  const answers: BinaryNode[] = [];
  for (const user of users) {
    const answer = answerUser(request, protocols, user);
    if (typeof answer === 'string') return refuse('usync', answer);
    answers.push(answer);
    await context.breathe();
  }
  const { sid, mode, context: purpose } = usync.attrs;
  return iqResult(iq, [
    element('usync', { sid, mode, context: purpose, index: '0', last: 'true' }, [
      element(
        'result',
        {},
        protocols.map((protocol) => element(protocol)),
      ),
      element('list', {}, answers),
    ]),
  ]);
};

function answerUser({ companion, context }: IqRequest, protocols: string[], user: BinaryNode): BinaryNode | string {
  const typed = textOf(childOf(user, 'contact'))?.replace(/\D/g, '');
  const asked = user.attrs['jid'] ?? (typed === undefined ? undefined : pnJid(typed));
  const address = parseJid(asked);
  if (!asked || !address) return `"${asked ?? ''}" is nobody's address`;
  const { world, settings } = context;
  const isOpen = typed !== undefined || settings.aliasJids === 'canonical';
  const person = world.findPerson(address) ?? (isOpen ? world.findPersonMeant(address.user) : undefined);
  const reachable = person?.onWhatsApp ? person : undefined;
  // A number is answered under the address that WhatsApp knows the person by.
  const isOtherwise = address.form === 'pn' && reachable !== undefined && reachable.phoneNumber !== address.user;
  const jid = isOtherwise ? pnJid(reachable.phoneNumber) : asked;
  const names = [address.user, ...(person ? namesOf(person) : [])];
  const error = context.faults.onUsyncUser(companion, names, protocols);
  const children = protocols.map((protocol) =>
    error?.protocol === protocol
      ? element(protocol, {}, [element('error', { code: error.code, text: error.text })])
      : answerProtocol(world, protocol, reachable),
  );
  return element(
    'user',
    { jid },
    children.filter((child) => child !== null),
  );
}

function answerProtocol(world: World, protocol: string, person: Person | undefined): BinaryNode | null {
  if (emptyProtocols.has(protocol)) return null;
  switch (protocol) {
    case 'contact':
      return element('contact', { type: person ? 'in' : 'out' });
    case 'lid':
      return person?.lid ? element('lid', { val: lidJid(person.lid) }) : null;
    case 'devices':
      return element('devices', {}, [deviceList(person ? world.devicesOf(person) : [])]);
    case 'status':
      return element('status', { t: unixSeconds() }, Buffer.from(aboutOf(world, person)));
    default:
      return element(protocol, { duration: '0', t: '0' });
  }
}

function aboutOf(world: World, person: Person | undefined): string {
  return (person && world.findAccount(person.phoneNumber)?.about) ?? '';
}

function deviceList(devices: readonly DeviceEntry[]): BinaryNode {
  if (devices.length === 0) return element('device-list');
  const hash = `2:${devices.map(({ id }) => id).join('.')}`;
  const list = devices.map(({ id, keyIndex }) => element('device', { id, 'key-index': keyIndex }));
  return element('device-list', { hash }, list);
}

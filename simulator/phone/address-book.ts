import { proto } from '@whiskeysockets/baileys';
import { lidJid, pnJid, serverJid } from '../wire/jid.js';
import { element, unixSeconds } from '../wire/node.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { Account, Companion, StatusAudience } from '../state/account.js';
import type { Person } from '../state/person.js';
import { writePatch, type StateEntry } from './app-state-patch.js';
import { sendHistory, type HistoryContext } from './history.js';

const entriesPerPatch = 250;
const peoplePerChunk = 2_000;
const contactVersion = 2;

const { HistorySyncType } = proto.HistorySync;
const { StatusDistributionMode } = proto.SyncActionValue.StatusPrivacyAction;
const audienceModes: Record<StatusAudience['type'], proto.SyncActionValue.StatusPrivacyAction.StatusDistributionMode> =
  {
    contacts: StatusDistributionMode.CONTACTS,
    whitelist: StatusDistributionMode.ALLOW_LIST,
    blacklist: StatusDistributionMode.DENY_LIST,
  };

/** Saves people in the phone's address book, under their names. Linked devices learn it with the next sync. */
export async function saveContacts(
  context: Pick<ServerContext, 'breathe'>,
  account: Account,
  people: readonly Person[],
): Promise<void> {
  for (let start = 0; start < people.length; start += entriesPerPatch) {
    const entries = people.slice(start, start + entriesPerPatch).map(contactEntry);
    writePatch(account, 'critical_unblock_low', entries);
    await context.breathe();
  }
  for (const person of people) account.addressBook.add(person);
}

/** Takes people out of the phone's address book. */
export function removeContacts(account: Account, people: readonly Person[]): void {
  const entries = people.map((person) => ({ ...contactEntry(person), isRemoval: true }));
  writePatch(account, 'critical_unblock_low', entries);
  for (const person of people) account.addressBook.delete(person);
}

/** Sets the name under which the account appears. */
export function savePushName(account: Account): void {
  const value = { pushNameSetting: { name: account.person.name } };
  writePatch(account, 'critical_block', [{ index: ['setting_pushName'], value, version: 1 }]);
}

/** The person chooses on the phone who may see statuses. */
export function saveStatusAudience(account: Account, audience: StatusAudience): void {
  account.statusAudience = audience;
  account.statusLists.set(audience.type, audience);
  const statusPrivacy = { mode: audienceModes[audience.type], userJid: audience.jids };
  writePatch(account, 'regular_high', [{ index: ['status_privacy'], value: { statusPrivacy }, version: 7 }]);
}

/** Tells linked devices that a collection has changed. */
export function announceChange(
  context: Pick<ServerContext, 'nextStanzaId' | 'now'>,
  account: Account,
  collection: string,
): void {
  const version = account.appState.version(collection);
  const id = context.nextStanzaId();
  const attributes = { from: serverJid, type: 'server_sync', id, t: unixSeconds(context.now()) };
  for (const companion of account.liveCompanions) {
    companion.deliver(element('notification', attributes, [element('collection', { name: collection, version })]));
  }
}

/** Chats with these people, push names and pairs of addresses, in chunks, as the phone sends them after linking. */
export async function sendChats(
  context: HistoryContext & Pick<ServerContext, 'breathe'>,
  companion: Companion,
  people: readonly Person[],
): Promise<void> {
  const chunks = Math.max(1, Math.ceil(people.length / peoplePerChunk));
  for (let chunk = 0; chunk < chunks; chunk++) {
    const some = people.slice(chunk * peoplePerChunk, (chunk + 1) * peoplePerChunk);
    const chunkOrder = chunk + 1;
    sendHistory(context, companion, {
      syncType: HistorySyncType.PUSH_NAME,
      chunkOrder,
      progress: 100,
      pushnames: some.map((person) => ({ id: pnJid(person.phoneNumber), pushname: person.name })),
    });
    await context.breathe();
    sendHistory(context, companion, {
      syncType: HistorySyncType.RECENT,
      chunkOrder,
      progress: Math.round((100 * chunkOrder) / chunks),
      conversations: some.map((person, index) => conversation(person, context.now() - index * 60_000)),
      phoneNumberToLidMappings: some.flatMap(({ phoneNumber, lid }) =>
        lid === null ? [] : [{ pnJid: pnJid(phoneNumber), lidJid: lidJid(lid) }],
      ),
    });
    await context.breathe();
  }
}

function contactEntry(person: Person): StateEntry {
  const { phoneNumber, lid, name } = person;
  const contactAction: proto.SyncActionValue.IContactAction = {
    fullName: name,
    firstName: name.split(' ')[0] ?? name,
    saveOnPrimaryAddressbook: true,
    ...(lid === null ? {} : { lidJid: lidJid(lid) }),
  };
  return { index: ['contact', pnJid(phoneNumber)], value: { contactAction }, version: contactVersion };
}

function conversation(person: Person, at: number): proto.IConversation {
  const { phoneNumber, lid } = person;
  return {
    id: pnJid(phoneNumber),
    pnJid: pnJid(phoneNumber),
    ...(lid === null ? {} : { lidJid: lidJid(lid) }),
    conversationTimestamp: Math.floor(at / 1000),
    unreadCount: 0,
    messages: [],
  };
}

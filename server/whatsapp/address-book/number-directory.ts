import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { Logger } from '../../lib/logger.js';
import { formsOfNumber, numberKey } from '../../lib/number-forms.js';
import { keepAddressPairs } from './address-pairs.js';
import { parseJid } from '../wire/addresses.js';
import { lidServer, userServer } from '../jid.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { AddressPair, FoundNumber, GatewayListener } from '../gateway.js';
import { KeyCache } from '../credentials/key-cache.js';
import { askUsync, childOf, type UsyncQuestion } from './usync.js';

export interface NumberDirectoryParts {
  socket: WASocket;
  auth: Pick<AuthState, 'keys'>;
  /** Milliseconds that only grow. */
  nowMs?: () => number;
}

/** By the number itself, as a person who writes it does: asked by JID, WhatsApp knows only its own form of a number. */
const whoHasIt: UsyncQuestion = {
  context: 'interactive',
  protocols: [
    { tag: 'contact', attrs: {} },
    { tag: 'lid', attrs: {} },
  ],
};

/** Numbers without a LID are asked for again only after this time: one post asks several times about its audience. */
const unknownForMs = 10 * 60 * 1000;
/** At most so many of them are remembered. */
const maxUnknown = 50_000;

/** Which LID belongs to a phone number: what was seen before, and else what WhatsApp says. */
export class NumberDirectory {
  private readonly unknown = new KeyCache<{ facts: FoundNumber; untilMs: number }>(maxUnknown);

  constructor(private readonly parts: NumberDirectoryParts) {}

  /**
   * What is known of these numbers, by the number as it is given. WhatsApp is asked about those of which no LID was ever
   * seen, or about all of them (`afresh`). Those of whom it does not speak are missing. Rejects with `UnansweredError`.
   */
  async find(numbers: readonly string[], afresh = false): Promise<Map<string, FoundNumber>> {
    const found = afresh ? new Map<string, FoundNumber>() : await this.remembered(numbers);
    const open = [...new Set(numbers)].filter((number) => !found.has(number));
    for (const [number, facts] of await this.ask(open)) found.set(number, facts);
    return found;
  }

  /** Asks about one number. Undefined: WhatsApp does not speak of it. Rejects with `UnansweredError`. */
  async check(phoneNumber: string): Promise<FoundNumber | undefined> {
    return (await this.ask([phoneNumber])).get(phoneNumber);
  }

  private nowMs(): number {
    return (this.parts.nowMs ?? (() => performance.now()))();
  }

  private async remembered(numbers: readonly string[]): Promise<Map<string, FoundNumber>> {
    const { auth } = this.parts;
    const found = new Map<string, FoundNumber>();
    const lids = await auth.keys.get('lid-mapping', [...new Set(numbers.flatMap(formsOfNumber))]);
    const seen = [...new Set(Object.values(lids))];
    const own = seen.length === 0 ? {} : await auth.keys.get('lid-mapping', seen.map(reverseKey));
    const now = this.nowMs();
    for (const number of numbers) {
      const lid = formsOfNumber(number).flatMap((form) => lids[form] ?? [])[0];
      const nothing = this.unknown.get(number);
      if (lid !== undefined) found.set(number, { exists: true, phoneNumber: own[reverseKey(lid)] ?? number, lid });
      else if (nothing && nothing.untilMs > now) found.set(number, nothing.facts);
    }
    return found;
  }

  private async ask(numbers: readonly string[]): Promise<Map<string, FoundNumber>> {
    const found = new Map<string, FoundNumber>();
    if (numbers.length === 0) return found;
    const users = numbers.map((number): BinaryNode => {
      return { tag: 'user', attrs: {}, content: [{ tag: 'contact', attrs: {}, content: `+${number}` }] };
    });
    const askedBy = askedNumbers(numbers);
    const pairs: AddressPair[] = [];
    for (const user of await askUsync(this.parts.socket, whoHasIt, users)) {
      const asked = askedBy(user);
      const facts = asked === undefined ? undefined : factsOf(user, asked);
      if (asked === undefined || facts === undefined) continue;
      found.set(asked, facts);
      if (facts.lid !== null) pairs.push(pairOf(asked, facts.phoneNumber, facts.lid));
    }
    await keepAddressPairs(this.parts, pairs);
    const untilMs = this.nowMs() + unknownForMs;
    for (const [number, facts] of found) {
      if (facts.lid === null) this.unknown.set(number, { facts, untilMs });
    }
    return found;
  }
}

/** As {@link NumberDirectory.find}, and the listener knows the pairs before it resolves. Undefined when no answer comes. */
export async function findAndTell(
  numbers: NumberDirectory,
  phoneNumbers: readonly string[],
  { listener, logger }: { listener: Pick<GatewayListener, 'onAddressPairs'>; logger: Logger },
): Promise<ReadonlyMap<string, FoundNumber> | undefined> {
  let found: Map<string, FoundNumber>;
  try {
    found = await numbers.find(phoneNumbers);
  } catch (error) {
    logger.info({ err: error }, 'WhatsApp did not say who has some numbers');
    return undefined;
  }
  const pairs = pairsOf(found);
  if (pairs.length > 0) await listener.onAddressPairs(pairs);
  return found;
}

/** What others are told of numbers that were found. */
export function pairsOf(found: ReadonlyMap<string, FoundNumber>): AddressPair[] {
  return [...found].flatMap(([number, { phoneNumber, lid }]) =>
    lid === null ? [] : [pairOf(number, phoneNumber, lid)],
  );
}

function pairOf(written: string, phoneNumber: string, lid: string): AddressPair {
  return written === phoneNumber ? { phoneNumber, lid } : { phoneNumber, lid, writtenAs: written };
}

function reverseKey(lid: string): string {
  return `${lid}_reverse`;
}

/**
 * Which of the numbers an answer is about: WhatsApp repeats the number as it was asked; else the JID names it, perhaps in
 * another form. With a single number every answer is about that one.
 */
function askedNumbers(numbers: readonly string[]): (user: BinaryNode) => string | undefined {
  const asked = new Set(numbers);
  const byKey = new Map(numbers.map((number) => [numberKey(number), number]));
  return (user) => {
    const [only, ...others] = numbers;
    if (others.length === 0) return only;
    const repeated = textOf(childOf(user, 'contact')).replace(/\D/g, '');
    const named = parseJid(user.attrs['jid'])?.user ?? '';
    return [repeated, named].find((number) => asked.has(number)) ?? byKey.get(numberKey(named));
  };
}

/** Undefined when the answer is an error. */
function factsOf(user: BinaryNode, asked: string): FoundNumber | undefined {
  const contact = childOf(user, 'contact');
  if (contact === undefined || childOf(contact, 'error') !== undefined) return undefined;
  if (contact.attrs['type'] !== 'in') return { exists: false, phoneNumber: asked, lid: null };
  const jid = parseJid(user.attrs['jid']);
  const lid = parseJid(childOf(user, 'lid')?.attrs['val']);
  return {
    exists: true,
    phoneNumber: jid?.server === userServer ? jid.user : asked,
    lid: lid?.server === lidServer ? lid.user : null,
  };
}

function textOf(node: BinaryNode | undefined): string {
  if (typeof node?.content === 'string') return node.content;
  return node?.content instanceof Uint8Array ? Buffer.from(node.content).toString() : '';
}

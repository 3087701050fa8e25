import type { Server } from '../wire/addresses.js';
import { lidServer, userServer } from '../jid.js';
import type { AccountIdentity } from '../gateway.js';

export const formNames = ['lids', 'lids_with_keys', 'numbers', 'numbers_with_keys', 'small_chunks'] as const;
export type FormName = (typeof formNames)[number];

/** How the people of a post are named on the wire. */
export interface AddressForm {
  name: FormName;
  server: Server;
  /** Who is given the sender key: those who lack it, or everybody each time. */
  keys: 'lacking' | 'everybody';
  /** At most so many people in one stanza, whatever the pace allows. */
  maxChunk: number;
}

interface Rung extends Omit<AddressForm, 'name' | 'server'> {
  server: Server | 'as_account';
  /** When the form is the right one. */
  why: string;
}

/** The people of one stanza when WhatsApp refuses whole posts, and the least to which a post is slowed down. */
export const smallChunk = 25;

/**
 * The forms, with what is known of each. Facts: whatsapp-rust `wacore/src/send/status.rs` and zapo `publishStatusMessage`
 * (bare names of people), whatsapp-rust #568 (people without a LID are dropped), Baileys #2794 (479 for numbers and for
 * LIDs), whatsapp-rust #636 and #941 (400 for a mix of both).
 */
export const addressForms: Readonly<Record<FormName, Rung>> = {
  lids: {
    server: lidServer,
    keys: 'lacking',
    maxChunk: Infinity,
    why: 'What WhatsApp Web sends: one bare name for each person all of whose devices hold the key.',
  },
  lids_with_keys: {
    server: lidServer,
    keys: 'everybody',
    maxChunk: Infinity,
    why: 'A bare name is refused for a person who holds no key by WhatsApp’s count; with a key for everybody there is none.',
  },
  numbers: {
    server: userServer,
    keys: 'lacking',
    maxChunk: Infinity,
    why: 'An account without a LID has no other form.',
  },
  numbers_with_keys: {
    server: userServer,
    keys: 'everybody',
    maxChunk: Infinity,
    why: 'An account that WhatsApp has not moved to LIDs is refused for naming them.',
  },
  small_chunks: {
    server: 'as_account',
    keys: 'everybody',
    maxChunk: smallChunk,
    why: 'One address that WhatsApp does not accept takes a whole stanza with it: in small parts it takes few people.',
  },
};

/** The forms that an account goes through, one after each refusal. */
const ladders: Readonly<Record<'withLid' | 'withoutLid', readonly FormName[]>> = {
  withLid: ['lids', 'lids_with_keys', 'numbers_with_keys', 'small_chunks'],
  withoutLid: ['numbers', 'numbers_with_keys', 'small_chunks'],
};

/** What is tried after WhatsApp's answer; any other refusal is about the account or the content, and no form helps. */
export const remedies: Readonly<Record<string, 'next_form' | 'smaller_chunks'>> = {
  /** The stanza does not fit together: reported for both forms mixed. */
  '400': 'next_form',
  /** An address out of date. */
  '421': 'next_form',
  /** The form of the stanza or of its addresses. */
  '479': 'next_form',
  /** Too much at once. */
  '429': 'smaller_chunks',
  /** No answer at all. */
  none: 'smaller_chunks',
};

export function ladderOf(account: Pick<AccountIdentity, 'lid'>): readonly FormName[] {
  return account.lid === null ? ladders.withoutLid : ladders.withLid;
}

/** The form of a post by this account. A name that its ladder does not have stands for the first one. */
export function formOf(account: Pick<AccountIdentity, 'lid'>, name: FormName | undefined): AddressForm {
  const ladder = ladderOf(account);
  const first: FormName = account.lid === null ? 'numbers' : 'lids';
  const chosen = name !== undefined && ladder.includes(name) ? name : first;
  const { server, keys, maxChunk } = addressForms[chosen];
  const ownServer = account.lid === null ? userServer : lidServer;
  return { name: chosen, server: server === 'as_account' ? ownServer : server, keys, maxChunk };
}

/** What comes after this form on the account's ladder; undefined at its end. */
export function formAfter(account: Pick<AccountIdentity, 'lid'>, name: FormName): AddressForm | undefined {
  const ladder = ladderOf(account);
  const next = ladder[ladder.indexOf(name) + 1];
  return next && formOf(account, next);
}

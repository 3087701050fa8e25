import type { BinaryNode } from '@whiskeysockets/baileys';

/** What is known of one attribute. */
export interface Attribute {
  /** Its values, for people. */
  values: string;
  is: RegExp;
  isRequired: boolean;
  /** What other clients write there, and what was seen to be refused. */
  note: string;
}

/** How often a child occurs. */
export type Times = 'one' | 'at most one' | 'any number';

export interface Child {
  times: Times;
  shape: Shape;
}

/** A node of a stanza, attribute by attribute. `children` is left out where nothing is said of what is inside. */
export interface Shape {
  attributes: Readonly<Record<string, Attribute>>;
  children?: Readonly<Record<string, Child>>;
  note?: string;
}

/** One kind of stanza. */
export interface Entry {
  name: string;
  /** Who writes it: our own code, the library for us, or WhatsApp. */
  writer: 'we' | 'Baileys' | 'WhatsApp';
  /** What it is for, in a sentence. */
  purpose: string;
  /** Whether a stanza is of this kind. The first entry that says so is its own. */
  isOf(stanza: BinaryNode): boolean;
  shape: Shape;
  /** How other known clients write, or read, it. */
  others: string;
  /** What was seen to be refused, with where; empty when nothing was. */
  refused: string;
}

/** What is different about a stanza of this kind, a sentence each; nothing when it is as its shape says. */
export function differences(stanza: BinaryNode, shape: Shape, path = `<${stanza.tag}>`): string[] {
  return [...differentAttributes(stanza, shape, path), ...differentChildren(stanza, shape, path)];
}

function differentAttributes({ attrs }: BinaryNode, { attributes }: Shape, path: string): string[] {
  const found: string[] = [];
  for (const [name, { is, isRequired, values }] of Object.entries(attributes)) {
    const value = attrs[name];
    if (value === undefined && isRequired) found.push(`${path} lacks ${name}`);
    if (value !== undefined && !is.test(value)) found.push(`${path} has ${name}="${value}" instead of ${values}`);
  }
  for (const [name, value] of Object.entries(attrs)) {
    if (!(name in attributes)) found.push(`${path} has ${name}="${value}", which is not known there`);
  }
  return found;
}

function differentChildren(stanza: BinaryNode, { children }: Shape, path: string): string[] {
  if (children === undefined) return [];
  const present = Array.isArray(stanza.content) ? stanza.content : [];
  const found: string[] = [];
  for (const [tag, { times }] of Object.entries(children)) {
    const count = present.filter((child) => child.tag === tag).length;
    if (times === 'one' && count !== 1) found.push(`${path} has ${String(count)} <${tag}> instead of one`);
    if (times === 'at most one' && count > 1)
      found.push(`${path} has ${String(count)} <${tag}> instead of one at most`);
  }
  const seen = new Set<string>();
  for (const child of present) {
    const known = children[child.tag];
    const inside =
      known === undefined
        ? [`${path} holds <${child.tag}>, which is not known there`]
        : differences(child, known.shape, `${path} <${child.tag}>`);
    // Of hundreds of recipients that are alike one is enough.
    for (const one of inside) if (!seen.has(one)) found.push(one);
    for (const one of inside) seen.add(one);
  }
  return found;
}

/** An attribute that is always there. */
export function always(values: string, is: RegExp, note = ''): Attribute {
  return { values, is, isRequired: true, note };
}

/** An attribute that may be missing. */
export function sometimes(values: string, is: RegExp, note = ''): Attribute {
  return { values, is, isRequired: false, note };
}

export function one(shape: Shape): Child {
  return { times: 'one', shape };
}

export function atMostOne(shape: Shape): Child {
  return { times: 'at most one', shape };
}

export function anyNumber(shape: Shape): Child {
  return { times: 'any number', shape };
}

/** A node without attributes of which only its being there counts. */
export const bare: Shape = { attributes: {} };

/** The tag of the first child, by which requests and notices are told apart. */
export function firstChild({ content }: BinaryNode): string {
  return Array.isArray(content) ? (content[0]?.tag ?? '') : '';
}

/** Stanzas with this tag, and of this type if one is named. */
export const isAbout =
  (tag: string, type?: string) =>
  (stanza: BinaryNode): boolean =>
    stanza.tag === tag && (type === undefined || stanza.attrs['type'] === type);

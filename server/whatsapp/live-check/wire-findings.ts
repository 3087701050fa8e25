import { type BinaryNode, getBinaryNodeChild, getBinaryNodeChildren } from '@whiskeysockets/baileys';
import { parseJid } from '../wire/addresses.js';
import { isPlainAnswer, read } from '../wire/read.js';
import { differences, firstChild } from '../wire/shape.js';

/** What a live check wants to know of the wire, gathered from the stanzas that arrive. Numbers of people do not stay in it. */
export class WireFindings {
  private readonly different = new Map<string, number>();
  private readonly acks: string[] = [];
  private readonly receipts = new Map<string, number>();
  private privacy = 'no list of the phone was told: everybody who is saved, or never chosen';
  private hasOfflineEnd = false;
  private markedZero = 0;

  record(stanza: BinaryNode): void {
    if (isPlainAnswer(stanza)) return;
    for (const difference of this.differencesOf(stanza)) {
      this.different.set(difference, (this.different.get(difference) ?? 0) + 1);
    }
    const { tag, attrs } = stanza;
    if (tag === 'ack') this.acks.push(ackInWords(attrs));
    if (tag === 'receipt') this.count(receiptInWords(stanza));
    if (tag === 'ib' && firstChild(stanza) === 'offline') this.hasOfflineEnd = true;
    const lists = getBinaryNodeChildren(getBinaryNodeChild(stanza, 'privacy'), 'list');
    if (tag === 'iq' && lists.length > 0) this.privacy = lists.map(listInWords).join('; ');
    if (attrs['offline'] === '0') this.markedZero += 1;
  }

  /** Sentences for whoever runs the check. */
  report(): string[] {
    const receipts = [...this.receipts].map(([shape, count]) => `${shape} (${String(count)} times)`);
    const different = [...this.different].map(([difference, count]) => `${difference} (${String(count)} times)`);
    return [
      `Answers to messages: ${this.acks.join('; ') || 'none came'}.`,
      `Receipts: ${receipts.join('; ') || 'none came'}.`,
      `Story privacy: ${this.privacy}.`,
      `The end of the offline queue ${this.hasOfflineEnd ? 'was told' : 'was never told'}; ${String(this.markedZero)} stanzas were marked offline="0".`,
      different.length === 0 ? 'Nothing differs from the dictionary.' : 'Different from the dictionary:',
      ...different.map((difference) => `- ${difference}`),
    ];
  }

  private differencesOf(stanza: BinaryNode): string[] {
    const entry = read.find(({ isOf }) => isOf(stanza));
    if (entry === undefined)
      return [masked(`<${stanza.tag}> with ${Object.keys(stanza.attrs).join(', ')} is not in it`)];
    return differences(stanza, entry.shape).map((one) => masked(`${entry.name}: ${one}`));
  }

  private count(shape: string): void {
    this.receipts.set(shape, (this.receipts.get(shape) ?? 0) + 1);
  }
}

/** Numbers, LIDs and ids are of no interest, and the report may be shown to others. */
function masked(text: string): string {
  return text.replaceAll(/\d{5,}/g, '…').replaceAll(/\b(3[AEF]|AC)[0-9A-F]{14,}\b/g, '…');
}

function ackInWords(attrs: Readonly<Record<string, string>>): string {
  const { error, phash, refresh_lid: refresh } = attrs;
  const taken = error === undefined ? 'taken' : `refused with ${error}`;
  return `${taken}, ${phash === undefined ? 'without phash' : 'with phash'}${refresh === undefined ? '' : ', refresh_lid'}`;
}

function receiptInWords({ attrs, content }: BinaryNode): string {
  const kind = attrs['type'] === undefined || attrs['type'] === '' ? 'delivered' : attrs['type'];
  const grouped = Array.isArray(content) && content.some(({ tag }) => tag === 'participants');
  if (grouped) return `${kind}, grouped, ids ${attrs['class'] === 'status' ? 'of their own' : 'of the status'}`;
  const isOfStatuses = attrs['from'] === 'status@broadcast';
  const who = isOfStatuses ? attrs['participant'] : attrs['from'];
  return `${kind}, from ${isOfStatuses ? 'status@broadcast' : 'the viewer'}, named ${formOf(who)}`;
}

function listInWords({ attrs, content }: BinaryNode): string {
  const users = Array.isArray(content) ? content.filter(({ tag }) => tag === 'user') : [];
  const forms = new Set(users.map((user) => formOf(user.attrs['jid'])));
  const named = users.length === 0 ? 'names nobody' : `names ${String(users.length)} ${[...forms].join(' and ')}`;
  return `${attrs['type'] ?? 'a list without a type'}${attrs['default'] === 'true' ? ' (in force)' : ''} ${named}`;
}

function formOf(jid: string | undefined): string {
  const server = parseJid(jid)?.server;
  return server === 'lid' ? 'by LID' : server === 's.whatsapp.net' ? 'by number' : 'in no known form';
}

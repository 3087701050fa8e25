import {
  comparedFacts,
  type ComparedFact,
  type Comparison,
  type ExperimentNote,
} from '../contract/planning/experiments.js';
import type { StatusRecord } from '../statuses/status.js';
import { differenceOf, type Interval, type Proportion } from './proportions.js';

/** The two versions; undefined for one that never left and was forgotten. */
export interface Versions {
  a: StatusRecord | undefined;
  b: StatusRecord | undefined;
}

const dayMs = 24 * 60 * 60_000;
/** Further apart, the time of day may make the difference. */
const apartMs = 30 * 60_000;

const verbs: Readonly<Record<ComparedFact, string>> = { viewed: 'viewed', reacted: 'liked', replied: 'answered' };

/** What people did with one version, beside the other. */
export function compare({ a, b }: Versions, now: number): Comparison[] {
  const isOver = [a, b].every((status) => status?.sentAt != null && now - status.sentAt >= dayMs);
  return comparedFacts.map((fact) => {
    const [ofA, ofB] = [proportionOf(a, fact), proportionOf(b, fact)];
    const shares = { fact, a: shareOf(ofA), b: shareOf(ofB) };
    if (ofA.of === 0 || ofB.of === 0) {
      const sentence = `Too early to say: ${ofA.of === 0 ? 'A' : 'B'} has reached nobody.`;
      return { ...shares, difference: null, interval: null, verdict: 'too_early', sentence };
    }
    const { difference, low, high } = differenceOf(ofB, ofA);
    const interval = { low, high };
    const verdict = low > 0 ? 'b' : high < 0 ? 'a' : 'open';
    const sentence = verdict === 'open' ? openSentence(fact, interval, isOver) : clearSentence(fact, interval);
    return { ...shares, difference, interval, verdict, sentence };
  });
}

/** What one has to know beside the numbers. */
export function notesOf({ a, b }: Versions, now: number): ExperimentNote[] {
  const notes: ExperimentNote[] = [];
  const note = (code: ExperimentNote['code'], message: string): void => void notes.push({ code, message });
  for (const [name, status] of [
    ['A', a],
    ['B', b],
  ] as const) {
    const why = whyNotOut(status);
    if (why !== undefined) note('not_out', `Version ${name} ${why}`);
    else if (status && (status.state === 'deleted' || status.deleteRequestedAt !== null)) {
      note('taken_back', `Version ${name} was deleted: nobody can view it since, so that it looks worse than it was.`);
    }
  }
  const times = [a, b].flatMap((status) => status?.sentAt ?? []);
  if (times.some((at) => now - at < dayMs)) {
    note('young', 'A version is younger than 24 hours. People still view it: the difference can grow, shrink or turn.');
  }
  const [first, second] = times;
  if (first !== undefined && second !== undefined && Math.abs(first - second) > apartMs) {
    const minutes = Math.round(Math.abs(first - second) / 60_000);
    note('apart', `The versions went out ${String(minutes)} minutes apart: the time may make the difference.`);
  }
  note('lower_bound', 'People who hide read receipts are never known to have viewed: it is at least so many.');
  return notes;
}

function whyNotOut(status: StatusRecord | undefined): string | undefined {
  if (!status) return 'never went out and is forgotten: there is nothing to compare.';
  if (status.sentAt !== null) return undefined;
  switch (status.state) {
    case 'scheduled':
    case 'queued':
    case 'sending':
      return 'is not out yet.';
    case 'failed':
      return 'failed: try it again, or there is nothing to compare.';
    default:
      return 'was taken back before it went out: there is nothing to compare.';
  }
}

function proportionOf(status: StatusRecord | undefined, fact: ComparedFact): Proportion {
  if (!status) return { people: 0, of: 0 };
  const { included } = status.counts;
  // Somebody who is known by another name only can view without being counted among those who got it.
  return { people: Math.min(status.counts[fact], included), of: included };
}

function shareOf({ people, of }: Proportion): Comparison['a'] {
  return { people, of, share: of === 0 ? null : people / of };
}

function clearSentence(fact: ComparedFact, { low, high }: Interval): string {
  const [better, worse, least, most] = low > 0 ? ['B', 'A', low, high] : ['A', 'B', -high, -low];
  const { from, to, whole } = inPeople(least, most);
  const range = from === to ? `about ${from}` : `${from} to ${to}`;
  return `${better} was ${verbs[fact]} by ${range} people more of ${whole} than ${worse}.`;
}

function openSentence(fact: ComparedFact, { low, high }: Interval, isOver: boolean): string {
  const { from, to, whole } = inPeople(-low, high);
  const range = `by up to ${from} people fewer or up to ${to} more of ${whole}`;
  return isOver
    ? `No clear difference: B may have been ${verbs[fact]} ${range} than A, which can be chance.`
    : `Too early to say: B may have been ${verbs[fact]} ${range} than A.`;
}

/** Of a hundred people, or of a thousand where that is less than one. */
function inPeople(low: number, high: number): { from: string; to: string; whole: string } {
  const whole = high < 0.01 ? 1_000 : 100;
  const inWords = (share: number): string => String(Math.round(share * whole));
  return { from: inWords(low), to: inWords(high), whole: whole.toLocaleString('en-GB') };
}

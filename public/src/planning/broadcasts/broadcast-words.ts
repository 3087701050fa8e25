import type { Broadcast, BroadcastAccount } from '../../../../server/contract/planning/broadcasts.js';
import { formatNumber } from '../../lib/format.js';
import type { Tone } from '../../ui/tone.js';
import { statusStateWords } from '../../post-look/status-states.js';

/** How one account of a post on several is, in a word and tone. */
export function accountWords({ state, status }: BroadcastAccount): { label: string; tone: Tone } {
  if (status !== null) return statusStateWords[status];
  if (state === 'refused') return { label: 'Not posted', tone: 'bad' };
  if (state === 'canceled') return { label: 'Canceled', tone: 'quiet' };
  return { label: 'Waiting', tone: 'waiting' };
}

const openStates = ['pending', 'scheduled', 'queued'] as const;

/** How many accounts could still be kept from posting. */
export function openAccounts({ states }: Broadcast): number {
  return openStates.reduce((sum, state) => sum + (states[state] ?? 0), 0);
}

/** What became of a post on several accounts, in a sentence. */
export function broadcastSentence({ states, accountCount }: Broadcast): string {
  const count = (...names: string[]): number => names.reduce((sum, name) => sum + (states[name] ?? 0), 0);
  const posted = count('sent', 'expired', 'deleted');
  const all = formatNumber(accountCount);
  const parts: [number: number, words: string][] = [
    [count('pending', 'queued', 'sending'), 'on the way'],
    [count('scheduled'), 'planned'],
    [count('failed', 'refused'), 'not posted'],
    [count('canceled'), 'canceled'],
  ];
  const others = parts.filter(([number]) => number > 0).map(([number, words]) => `${formatNumber(number)} ${words}`);
  if (others.length === 0) return `Posted on all ${all} accounts.`;
  return [`Posted on ${formatNumber(posted)} of ${all} accounts`, ...others].join(', ') + '.';
}

import type { Utm } from '../contract/clicks.js';

const names = ['source', 'medium', 'campaign', 'term', 'content'] as const satisfies readonly (keyof Utm)[];

/**
 * The address with these parameters behind its own. Not one character of it changes, and what it has already, in whatever letters, is
 * not given again. Empty values are left out.
 */
export function withUtm(address: string, utm: Utm): string {
  const at = address.indexOf('#');
  const [before, fragment] = at === -1 ? [address, ''] : [address.slice(0, at), address.slice(at)];
  const question = before.indexOf('?');
  const query = question === -1 ? '' : before.slice(question + 1);
  const known = new Set(query.split('&').map((pair) => nameOf(pair).toLowerCase()));
  const added = names.flatMap((name) => {
    const value = utm[name];
    return value === undefined || value === '' || known.has(`utm_${name}`)
      ? []
      : [`utm_${name}=${encodeURIComponent(value.toWellFormed())}`];
  });
  if (added.length === 0) return address;
  const joint = question === -1 ? '?' : query === '' || query.endsWith('&') ? '' : '&';
  return `${before}${joint}${added.join('&')}${fragment}`;
}

function nameOf(pair: string): string {
  const [name = ''] = pair.split('=', 1);
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

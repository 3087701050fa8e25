import { LinkifyIt } from 'linkify-it';
import { isWebAddress } from '../contract/statuses.js';

/** A web address within a text: from `start` up to `end`, in code units. */
export interface FoundAddress {
  start: number;
  end: number;
  /** The whole address; what is written without `https://` has it here. */
  url: string;
}

/** With names and passwords, so that an address that has them is found whole, and left alone. */
const finder = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: false, urlAuth: true });

/**
 * The web addresses of a text that phones make links of: what begins with `http://` or `https://`, and, without that, with `www.` or a
 * name that a path follows. A bare name is none: `late.it is` may be a sentence without a space.
 */
export function findAddresses(text: string): FoundAddress[] {
  return (finder.match(text) ?? []).flatMap(({ index, lastIndex, raw, schema }) => {
    const isWhole = /^https?:$/i.test(schema);
    if (!isWhole && (schema !== '' || !/^www\.|^[^/?#]+\//i.test(raw))) return [];
    const url = isWhole ? raw : `https://${raw}`;
    return isWebAddress(url) && /[.:]/.test(new URL(url).hostname) ? [{ start: index, end: lastIndex, url }] : [];
  });
}

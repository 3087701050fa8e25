import type { LinkFields, StatusLink, Utm } from '../contract/clicks.js';

/** What becomes of the links of a post. In `utm` all is filled in but `{{status}}`, which is another one when it is posted again. */
export interface LinkRule {
  track: boolean;
  utm: Utm;
}

/** A link of a post: where it stands in what was written, and what stands there for people. */
export interface KeptLink extends Omit<StatusLink, 'position'> {
  field: 'content' | 'caption';
  start: number;
  end: number;
  /** Of the short address; null: clicks are not counted. */
  code: string | null;
}

export interface StatusLinks {
  rule: LinkRule;
  found: KeptLink[];
}

interface Texts {
  content: string;
  caption: string | null;
}

/** The texts as people see them. */
export function shownTexts({ content, caption, links }: Texts & { links: StatusLinks | null }): Texts {
  const within = (field: KeptLink['field'], text: string): string =>
    (links?.found ?? [])
      .filter((link) => link.field === field)
      .toReversed()
      .reduce((rest, { start, end, shown }) => rest.slice(0, start) + shown + rest.slice(end), text);
  return { content: within('content', content), caption: caption === null ? null : within('caption', caption) };
}

/** The links as they leave the process. */
export function publicLinks(links: StatusLinks | null): { trackLinks: boolean; utm: Utm | null; links: StatusLink[] } {
  const { rule = { track: false, utm: {} }, found = [] } = links ?? {};
  return {
    trackLinks: rule.track,
    utm: Object.keys(rule.utm).length === 0 ? null : rule.utm,
    links: found.map(({ url, target, shown }, position) => ({ position, url, target, shown })),
  };
}

/** What becomes of the links of a status that shows this one again. */
export function linkFieldsOf({ links }: { links: StatusLinks | null }): Required<LinkFields> {
  const { rule, found } = links ?? { rule: { track: false, utm: {} }, found: [] };
  return { trackLinks: rule.track && found.length > 0, utm: rule.utm };
}

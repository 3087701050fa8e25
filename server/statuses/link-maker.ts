import { maxTrackedLinks, type LinkFields, type Utm } from '../contract/clicks.js';
import { countCharacters, maxTextLength } from '../contract/status-text.js';
import { maxCaptionLength } from '../contract/statuses.js';
import { fillVariables, variablesIn } from '../contract/planning/template-text.js';
import { type AppError, validationError } from '../lib/app-error.js';
import { findAddresses } from '../links/found-addresses.js';
import type { ShortAddresses } from '../links/short-addresses.js';
import { withUtm } from '../links/utm.js';
import { shownTexts, type KeptLink, type LinkRule, type StatusLinks } from './status-links.js';
import type { StatusRecord } from './status.js';

type Statuses = [StatusRecord, ...StatusRecord[]];
type Shown = Pick<StatusRecord, 'type' | 'content' | 'caption'>;

/** Gives the links of posts their UTM parameters and short addresses. */
export class LinkMaker {
  constructor(
    private readonly addresses: Pick<ShortAddresses, 'whyNone' | 'create' | 'has'>,
    private readonly defaults: LinkRule,
  ) {}

  /** Throws `validation_error` when clicks are to be counted and cannot be. */
  refuseIfImpossible({ trackLinks }: LinkFields): void {
    const { whyNone } = this.addresses;
    if (trackLinks === true && whyNone !== undefined) throw validationError('trackLinks', whyNone);
  }

  /** Throws `validation_error` when clicks are to be counted and these texts have no link. */
  refuseWithoutLink({ trackLinks }: LinkFields, texts: string): void {
    if (trackLinks === true && findAddresses(texts).every(({ url }) => this.addresses.has(url))) throw withoutLink();
  }

  /**
   * These statuses with their links, as the request wants them. `values`: of variables in UTM parameters. Throws `validation_error` when
   * clicks are to be counted and there is no link, or a text becomes too long by it.
   */
  link(records: Statuses, fields: LinkFields, values: Readonly<Record<string, string>>): Statuses {
    this.refuseIfImpossible(fields);
    const rule = this.ruleOf(fields, values);
    if (!rule) return records;
    const linked = records.map((record) => ({ ...record, links: this.linksOf(record, rule) }));
    if (fields.trackLinks === true && linked.every(({ links }) => links.found.length === 0)) throw withoutLink();
    const [first = records[0], ...rest] = linked;
    return [first, ...rest];
  }

  /** The links of a status that was changed, as this request wants them, or as they were wanted. */
  relink(
    changed: StatusRecord,
    { trackLinks, utm }: LinkFields,
    values: Readonly<Record<string, string>>,
  ): StatusLinks | null {
    const { track = false, utm: wanted = {} } = changed.links?.rule ?? {};
    const rule = this.ruleOf({ trackLinks: trackLinks ?? track, utm: utm ?? wanted }, values);
    this.refuseIfImpossible({ trackLinks });
    if (!rule) return null;
    const links = this.linksOf(changed, rule);
    if (trackLinks === true && links.found.length === 0) throw withoutLink();
    return links;
  }

  private ruleOf({ trackLinks, utm }: LinkFields, values: Readonly<Record<string, string>>): LinkRule | undefined {
    const track = trackLinks ?? (this.defaults.track && this.addresses.whyNone === undefined);
    const wanted = utm ?? (track ? this.defaults.utm : {});
    const filled = filledUtm(wanted, { ...values, status: '{{status}}' });
    const unknown = variablesIn(Object.values(filled).join(' ')).filter((name) => name !== 'status');
    if (unknown.length > 0) {
      const names = unknown.map((name) => `{{${name}}}`).join(', ');
      throw validationError('utm', `There is no value for ${names}. Give one in "variables".`);
    }
    return track || Object.keys(filled).length > 0 ? { track, utm: filled } : undefined;
  }

  private linksOf(record: Pick<StatusRecord, 'id'> & Shown, rule: LinkRule): StatusLinks {
    const utm = filledUtm(rule.utm, { status: record.id });
    const places = placesOf(record).filter(({ url }) => !this.addresses.has(url));
    if (rule.track && places.length > maxTrackedLinks) {
      const most = String(maxTrackedLinks);
      throw validationError(
        'trackLinks',
        `Clicks are counted for at most ${most} links of a post; this has ${String(places.length)}.`,
      );
    }
    const found = places.map((place): KeptLink => {
      const target = withUtm(place.url, utm);
      if (!rule.track) return { ...place, target, shown: target, code: null };
      const { code, address } = this.addresses.create();
      return { ...place, target, shown: address, code };
    });
    const links = { rule, found };
    refuseTooLong({ ...record, links });
    return links;
  }
}

function filledUtm(utm: Utm, values: Readonly<Record<string, string>>): Utm {
  const given = Object.entries(utm).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return Object.fromEntries(given.map(([name, value]) => [name, fillVariables(value, values)]));
}

function withoutLink(): AppError {
  return validationError(
    'trackLinks',
    'There is no link in the post whose clicks could be counted. Write one with https://, or leave out "trackLinks".',
  );
}

function placesOf({ type, content, caption }: Shown): Pick<KeptLink, 'field' | 'start' | 'end' | 'url'>[] {
  const within = (field: KeptLink['field'], text: string) => findAddresses(text).map((found) => ({ ...found, field }));
  const inCaption = caption === null ? [] : within('caption', caption);
  if (type === 'text') return within('content', content);
  if (type !== 'url') return inCaption;
  return [...inCaption, { field: 'content', start: 0, end: content.length, url: content }];
}

function refuseTooLong(record: Shown & Pick<StatusRecord, 'links'>): void {
  const { content, caption } = shownTexts(record);
  const lengths = { content: record.type === 'text' ? content : '', caption: caption ?? '' };
  const most = { content: maxTextLength, caption: maxCaptionLength };
  for (const field of ['content', 'caption'] as const) {
    const length = countCharacters(lengths[field]);
    if (length <= most[field]) continue;
    throw validationError(
      field,
      `With its links as people see them it has ${String(length)} characters, and at most ${String(most[field])} can be posted.`,
    );
  }
}

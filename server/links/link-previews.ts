import type { AppError } from '../lib/app-error.js';
import { failureOf, type Refused } from '../outbound/fetch-refusal.js';
import type { OutboundFetcher } from '../outbound/outbound-fetcher.js';
import { readPageFacts, type PageFacts } from './page-facts.js';

/** What readers see of a page. `thumbnail` is a small JPEG. */
export interface PagePreview {
  title: string;
  description: string | null;
  thumbnail: Buffer | null;
}

/** A small JPEG of a picture, or undefined when none can be made of it. */
export type MakeThumbnail = (picture: Buffer) => Promise<Buffer | undefined>;

export type PreviewOutcome =
  | { result: 'preview'; preview: PagePreview }
  /** The address is no page: it answers with what can be posted itself. */
  | { result: 'media'; kind: 'image' | 'video' }
  | { result: 'none'; message: string }
  /** Too much is being read just now: nothing is known about the address. */
  | { result: 'busy'; failure: AppError };

const page = { maxBytes: 1_000_000, timeoutMs: 8_000, cut: true, accept: ['text/html', 'application/xhtml+xml'] };
const picture = { maxBytes: 5_000_000, timeoutMs: 6_000, accept: ['image/'], anyType: true };
/** For all pictures that a page names, one after the other. */
const picturesMs = 10_000;
const keptForMs = 5 * 60_000;
const keptAtMost = 200;

/** Reads pages for their previews, through the filter for addresses that people give us. */
export class LinkPreviews {
  private readonly kept = new Map<string, { outcome: Promise<PreviewOutcome>; untilMs: number }>();

  constructor(
    private readonly outbound: Pick<OutboundFetcher, 'fetchText' | 'fetchBytes'>,
    private readonly makeThumbnail: MakeThumbnail,
  ) {}

  /**
   * Remembered for minutes, so that what is shown while writing is not fetched again to be posted; for each organization by itself, whose
   * busy hours are no other's. Never rejects.
   */
  read(url: string, organizationId: string): Promise<PreviewOutcome> {
    const nowMs = performance.now();
    const key = `${organizationId} ${url}`;
    const known = this.kept.get(key);
    if (known && known.untilMs > nowMs) return known.outcome;
    this.kept.delete(key);
    const outcome = this.fetch(url, organizationId);
    const entry = { outcome, untilMs: nowMs + keptForMs };
    this.kept.set(key, entry);
    const [oldest] = this.kept.keys();
    if (this.kept.size > keptAtMost && oldest !== undefined) this.kept.delete(oldest);
    void outcome.then(({ result }) => {
      // A page that failed may work at the next try.
      if ((result === 'none' || result === 'busy') && this.kept.get(key) === entry) this.kept.delete(key);
    });
    return outcome;
  }

  private async fetch(url: string, organizationId: string): Promise<PreviewOutcome> {
    const fetched = await this.outbound.fetchText(url, { ...page, organizationId });
    if (fetched.result === 'refused') {
      if (fetched.reason === 'busy') return { result: 'busy', failure: failureOf(fetched, 'url') };
      const [, kind] = /^(image|video)\//.exec(fetched.contentType ?? '') ?? [];
      return kind === 'image' || kind === 'video'
        ? { result: 'media', kind }
        : { result: 'none', message: whyNone(fetched) };
    }
    const facts = await readPageFacts(fetched.text);
    if (facts.title === '')
      return { result: 'none', message: 'The page says nothing about itself that could be shown.' };
    return {
      result: 'preview',
      preview: {
        title: facts.title,
        description: facts.description === '' ? null : facts.description,
        thumbnail: await this.thumbnail(facts, { pageUrl: fetched.url, organizationId }),
      },
    };
  }

  /** Of the first of the page's pictures that is there and is one. */
  private async thumbnail(
    { images, base }: PageFacts,
    { pageUrl, organizationId }: { pageUrl: string; organizationId: string },
  ): Promise<Buffer | null> {
    const from = baseUrl(base, pageUrl);
    const signal = AbortSignal.timeout(picturesMs);
    for (const image of images) {
      if (!URL.canParse(image, from)) continue;
      const fetched = await this.outbound.fetchBytes(new URL(image, from).href, { ...picture, organizationId, signal });
      const thumbnail = fetched.result === 'fetched' ? await this.makeThumbnail(fetched.bytes) : undefined;
      if (thumbnail) return thumbnail;
    }
    return null;
  }
}

/** What says nothing that an address can be relative to, such as a `data:` address, counts for nothing. */
function baseUrl(base: string, pageUrl: string): string {
  if (!URL.canParse(base, pageUrl)) return pageUrl;
  const { href } = new URL(base, pageUrl);
  return URL.canParse('x', href) ? href : pageUrl;
}

function whyNone({ reason, message }: Refused): string {
  return reason === 'wrong_type' ? 'The address does not lead to a web page.' : message;
}

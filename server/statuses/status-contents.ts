import type { Principal } from '../access/principal.js';
import type { UploadKind } from '../contract/media.js';
import type { Session } from '../contract/sessions.js';
import type { LinkPreview } from '../contract/links.js';
import type { SendStatusBody } from '../contract/statuses.js';
import type { Tx } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { FileUses } from '../media/file-uses.js';
import { mediaOf, type UploadRecord } from '../media/upload.js';
import type { LinkContent, StatusContent } from '../whatsapp/gateway.js';
import type { StatusRecord } from './status.js';
import { shownTexts } from './status-links.js';
import { completeStyle, textContent } from './text-style.js';

/** What statuses need of the media library. */
export interface MediaOfStatuses {
  /** The files to post, in their order: several for a video that was cut. Throws in words when there are none. */
  take(principal: Principal, session: Session, kind: UploadKind, content: string): Promise<UploadRecord[]>;
  /** The file and where it is; undefined when it is gone. */
  load(filename: string): Promise<{ record: UploadRecord; path: string } | undefined>;
}

/** What an address leads to: a page, whose preview is null when it says nothing, or media. */
export type LinkTarget = { result: 'link'; preview: LinkPreview | null } | { result: 'media'; kind: 'image' | 'video' };

/** Looks at an address in the name of an organization. Rejects with `unavailable` when too much is being looked at. */
export type LookAtLink = (url: string, organizationId: string) => Promise<LinkTarget>;

const useKind = 'status';

/** The part of a status that people see. */
export type PostContent = Pick<StatusRecord, 'type' | 'content' | 'caption' | 'style' | 'media' | 'preview'>;

/** What of a post is needed to send it. */
export type LoadedPost = PostContent & Pick<StatusRecord, 'links'>;

/** From what a request says to what is kept, and from there to what WhatsApp gets. */
export class StatusContents {
  constructor(
    private readonly media: MediaOfStatuses,
    private readonly fileUses: Pick<FileUses, 'add' | 'drop'>,
    private readonly lookAtLink: LookAtLink = () => Promise.resolve({ result: 'link', preview: null }),
  ) {}

  /** What a request wants to show; several for a video that is posted in parts. */
  async contentsOf(
    principal: Principal,
    session: Session,
    body: SendStatusBody,
  ): Promise<[PostContent, ...PostContent[]]> {
    const plain = { type: body.type, content: body.content, caption: null, style: {}, media: null, preview: null };
    switch (body.type) {
      case 'text':
        return [{ ...plain, style: body.style ?? {} }];
      case 'url': {
        const { content, caption = null, style = {} } = body;
        const target = await this.lookAtLink(content, session.organizationId);
        if (target.result === 'media') {
          const records = await this.takeIfReadable(principal, session, target.kind, content);
          if (records) return contentsOfFiles(records, caption, {});
        }
        const preview = target.result === 'link' ? target.preview : null;
        return [{ ...plain, caption, style, preview }];
      }
      case 'image':
      case 'video':
      case 'audio': {
        const records = await this.media.take(principal, session, body.type, body.content);
        const style = 'style' in body ? (body.style ?? {}) : {};
        return contentsOfFiles(records, 'caption' in body ? (body.caption ?? null) : null, style);
      }
    }
  }

  /** Undefined for what phones cannot show, or is too large: a link to it is better than none. */
  private async takeIfReadable(
    principal: Principal,
    session: Session,
    kind: UploadKind,
    url: string,
  ): Promise<UploadRecord[] | undefined> {
    try {
      return await this.media.take(principal, session, kind, url);
    } catch (error) {
      if (error instanceof AppError && isAboutFile.has(error.code)) return undefined;
      throw error;
    }
  }

  /** What a status showed, to be shown again; undefined when its file is gone. */
  async contentOf({ type, content, caption, style, media, preview }: StatusRecord): Promise<PostContent | undefined> {
    const isThere = media === null || (await this.media.load(media.filename)) !== undefined;
    return isThere ? { type, content, caption, style, media, preview } : undefined;
  }

  /** Ties the status to its file, in the transaction that makes the status. Throws `not_found` when it is gone. */
  async keepFile(tx: Tx, status: StatusRecord): Promise<void> {
    const { id, organizationId, sessionId } = status;
    if (status.media) await this.fileUses.add(tx, { kind: useKind, usedBy: id, organizationId, sessionId }, [status]);
  }

  /** The status is gone, and needs its file no longer. */
  leaveFile(tx: Tx, id: string): Promise<void> {
    return this.fileUses.drop(tx, { kind: useKind, usedBy: id });
  }

  /** What WhatsApp gets; undefined when the file is gone. */
  async load(status: LoadedPost): Promise<StatusContent | undefined> {
    const { type, content, style } = status;
    const shown = shownTexts(status);
    if (type === 'text') return textContent(shown.content, style);
    if (type === 'url') return linkContent(status, shown);
    const found = await this.media.load(content);
    if (!found) return undefined;
    const { record, path } = found;
    const file = { path, mimeType: record.mimeType };
    const { width, height, durationMs, isAnimation } = record;
    if (type === 'audio') {
      const { backgroundColor } = completeStyle(style);
      const waveform = record.waveform ?? Buffer.alloc(64);
      return { type: 'voice', file, durationMs: durationMs ?? 0, waveform, backgroundColor };
    }
    const picture = {
      file,
      caption: shown.caption,
      width: width ?? 0,
      height: height ?? 0,
      thumbnail: record.preview ?? Buffer.alloc(0),
    };
    return type === 'image'
      ? { type: 'image', ...picture }
      : { type: 'video', ...picture, durationMs: durationMs ?? 0, isAnimation };
  }
}

const isAboutFile: ReadonlySet<string> = new Set(['validation_error', 'unsupported_media_type', 'payload_too_large']);

/** The files of one post, in their order; the first has the caption. */
function contentsOfFiles(
  records: readonly UploadRecord[],
  caption: string | null,
  style: StatusRecord['style'],
): [PostContent, ...PostContent[]] {
  const [first, ...rest] = records.map((record, index) => ({
    type: record.kind,
    content: record.filename,
    media: mediaOf(record),
    preview: null,
    caption: index === 0 ? caption : null,
    style: backgroundOf(record, style),
  }));
  if (first === undefined) throw new Error('The media library gave no file.');
  return [first, ...rest];
}

function backgroundOf(record: UploadRecord, style: StatusRecord['style']): StatusRecord['style'] {
  const backgroundColor = style.backgroundColor ?? record.backgroundColor;
  return backgroundColor === null ? style : { ...style, backgroundColor };
}

/**
 * Phones say beneath the title which server an address leads to. Where that is this one's short address, the description says it: whoever
 * sees the post should know.
 */
function linkContent(
  { content, style, preview }: LoadedPost,
  shown: Pick<StatusRecord, 'content' | 'caption'>,
): LinkContent {
  const { host } = new URL(content);
  const isShort = new URL(shown.content).host !== host;
  const text = shown.caption === null ? shown.content : `${shown.caption}\n${shown.content}`;
  return {
    ...textContent(text, style),
    type: 'link',
    url: shown.content,
    preview: preview && {
      title: preview.title,
      description: isShort
        ? [host, preview.description ?? ''].filter((part) => part !== '').join(' · ')
        : preview.description,
      thumbnail: preview.thumbnail === null ? null : bytesOf(preview.thumbnail),
    },
  };
}

function bytesOf(dataUrl: string): Buffer {
  return Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64');
}

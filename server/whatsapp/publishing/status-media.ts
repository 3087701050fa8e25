import { stat } from 'node:fs/promises';
import type { proto } from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';
import { decodeContent } from './encode-content.js';
import type { MediaContent, PublishFailure } from '../gateway.js';
import { sealMedia } from './media-cipher.js';
import type { MediaUploader } from './media-upload.js';
import { mediaMessage } from './status-message.js';

export type MediaFailure = PublishFailure & { result: 'not_sent' };

/** `isRenewed`: the file had to be uploaded again, so the message names another place than the one that is kept. */
export interface MadeMessage {
  message: proto.IMessage;
  isRenewed: boolean;
}

/** WhatsApp's addresses say when they end; where one does not, its file is taken for there this long. */
const assumedLifeMs = 20 * 60 * 60 * 1000;
/** An address that ends during the post is as good as ended. */
const marginMs = 60 * 60 * 1000;

type FileMessage = Pick<proto.Message.IImageMessage, 'mediaKey' | 'mediaKeyTimestamp' | 'directPath' | 'url'>;

/** Messages with files: encrypts and uploads the file, once for all recipients and attempts. */
export class StatusMedia {
  constructor(
    private readonly uploader: Pick<MediaUploader, 'upload'>,
    private readonly clock: Clock,
  ) {}

  /**
   * The message of a status with a file. What an earlier attempt made (`kept`) stays as it is, key, address and hashes, so
   * that everybody gets the same message; only when its address has ended is the file uploaded again, under the same key.
   */
  async messageOf(content: MediaContent, kept: Buffer | undefined): Promise<MadeMessage | MediaFailure> {
    const message = kept && decodeContent(kept);
    const file = message && fileOf(message);
    if (message && file && this.isThere(file)) return { message, isRenewed: false };

    const { path } = content.file;
    if (!(await isFile(path))) return failure('file_gone', `the file ${path} is gone`);
    const seal = await sealMedia(path, content.type, file?.mediaKey ? Buffer.from(file.mediaKey) : undefined);
    const uploaded = await this.uploader.upload(path, content.type, seal);
    if (uploaded.result === 'failed') {
      const { reason, connectionLost } = uploaded;
      return { ...failure('refused', reason), connectionLost };
    }
    if (message && file) {
      Object.assign(file, { url: uploaded.url, directPath: uploaded.directPath });
      return { message, isRenewed: true };
    }
    return { message: mediaMessage(content, { ...seal, ...uploaded }, this.clock.now()), isRenewed: false };
  }

  private isThere(file: FileMessage): boolean {
    const now = this.clock.now().getTime();
    const endsAt = endOf(file.directPath) ?? Number(file.mediaKeyTimestamp ?? 0) * 1000 + assumedLifeMs;
    return endsAt - marginMs > now;
  }
}

function failure(upload: 'refused' | 'file_gone', reason: string): MediaFailure {
  return { result: 'not_sent', reason, connectionLost: false, upload };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function fileOf(message: proto.IMessage): FileMessage | undefined {
  return message.imageMessage ?? message.videoMessage ?? message.audioMessage ?? undefined;
}

/** Direct paths carry their end as hexadecimal Unix seconds in `oe`. */
function endOf(directPath: string | null | undefined): number | undefined {
  const oe = /[?&]oe=([0-9a-f]{8})(?:&|$)/i.exec(directPath ?? '')?.[1];
  return oe === undefined ? undefined : Number.parseInt(oe, 16) * 1000;
}

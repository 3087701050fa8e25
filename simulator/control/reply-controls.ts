import { z } from 'zod';
import { attachedKinds, type AttachedFile, type AttachedKind } from '../contact/reply-message.js';
import { encryptMedia, type MediaType } from '../media/media-crypto.js';
import type { ServerContext } from '../protocol/server-context.js';
import { parseWith, type ControlRoute } from './control-server.js';
import type { Reached, StoryControls } from './story-controls.js';

const mediaTypes: Record<AttachedKind, MediaType> = {
  image: 'image',
  video: 'video',
  voice: 'audio',
  audio: 'audio',
  sticker: 'image',
  document: 'document',
};
const mimeTypes: Record<AttachedKind, string> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  voice: 'audio/ogg; codecs=opus',
  audio: 'audio/mpeg',
  sticker: 'image/webp',
  document: 'application/pdf',
};

const idSchema = z.string().min(1).max(128);
const replySchema = z.strictObject({
  statusId: idSchema,
  text: z.string().min(1).max(65_536).optional(),
  file: z
    .strictObject({
      kind: z.enum(attachedKinds),
      base64: z.base64(),
      mimeType: z.string().max(100).optional(),
      filename: z.string().max(255).optional(),
      seconds: z.int().min(0).optional(),
    })
    .optional(),
  wrapped: z.enum(['ephemeral', 'view_once']).optional(),
  device: z.int().min(0).optional(),
  id: idSchema.optional(),
  damaged: z.boolean().optional(),
});
type Wanted = z.output<typeof replySchema>;

/** The hands of people who answer statuses, with words and with files, and think better of it. */
export class ReplyControls {
  constructor(
    private readonly context: Pick<ServerContext, 'media'>,
    private readonly stories: StoryControls,
  ) {}

  /** Uploads the file, if there is one, as the person's phone does, and sends the answer. */
  async reply(
    phoneNumber: string,
    { statusId, text, file, wrapped, device = 0, id, damaged }: Wanted,
  ): Promise<Reached> {
    const attached = file && (await this.upload({ ...file, bytes: Buffer.from(file.base64, 'base64') }));
    return this.stories.reply(phoneNumber, statusId, { text, file: attached, wrapped }, { device, id, damaged });
  }

  /** Puts a file on the media host, encrypted. */
  async upload(file: {
    kind: AttachedKind;
    bytes: Buffer;
    mimeType?: string | undefined;
    filename?: string | undefined;
    seconds?: number | undefined;
  }): Promise<AttachedFile> {
    const { kind, bytes, mimeType = mimeTypes[kind], filename, seconds } = file;
    const { file: encrypted, claim } = await encryptMedia(bytes, mediaTypes[kind]);
    const directPath = await this.context.media.put(encrypted);
    const url = `https://${this.context.media.hostname}${directPath}`;
    return { kind, claim, directPath, url, mimeType, filename, seconds };
  }

  routes(): ControlRoute[] {
    const changed = z.strictObject({ statusId: idSchema, replyId: idSchema });
    return [
      {
        method: 'POST',
        path: '/admin/contacts/:phone/reply',
        handle: ({ params, body }) => this.reply(params['phone'] ?? '', parseWith(replySchema, body)),
      },
      {
        method: 'POST',
        path: '/admin/contacts/:phone/edit-reply',
        handle: ({ params, body }) => {
          const schema = changed.extend({ text: z.string().min(1).max(65_536) });
          const { statusId, replyId, text } = parseWith(schema, body);
          return this.stories.changeReply(params['phone'] ?? '', statusId, replyId, text);
        },
      },
      {
        method: 'POST',
        path: '/admin/contacts/:phone/take-reply-back',
        handle: ({ params, body }) => {
          const { statusId, replyId } = parseWith(changed, body);
          return this.stories.changeReply(params['phone'] ?? '', statusId, replyId, null);
        },
      },
    ];
  }
}

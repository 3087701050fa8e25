import { z } from 'zod';
import { ControlError, parseWith, type ControlRoute } from './control-server.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { MediaFacts } from '../media/inspect.js';
import type { MediaServer } from '../media/media-server.js';
import type { OpenedMedia, StoryMedia } from '../media/story-media.js';

export type StoryContext = Pick<ServerContext, 'now' | 'world'>;

/** A story's file as the person's phone found it. */
export interface MediaReport {
  facts: MediaFacts;
  thumbnail: { width: number; height: number } | null;
  problems: string[];
}

/** Fetches, proves and decrypts the file of a story on somebody's phone. Throws `ControlError` when there is none. */
export async function openStoryMedia(
  context: StoryContext,
  media: StoryMedia,
  phoneNumber: string,
  statusId: string,
): Promise<OpenedMedia & { ok: true }> {
  const person = context.world.findPersonByNumber(phoneNumber);
  const story = person?.contact.stories.find(statusId, context.now());
  if (!story) throw new ControlError(404, `${phoneNumber} has no status ${statusId}`);
  if (story.deletedAt !== null) throw new ControlError(410, `status ${statusId} was deleted by its author`);
  if (!story.content?.media) throw new ControlError(409, `status ${statusId} has no file`);
  const opened = await media.open(story.content.media);
  if (!opened.ok) throw new ControlError(502, opened.reason);
  return opened;
}

const faultSchema = z.strictObject({
  on: z.enum(['upload', 'download']),
  status: z.int().min(400).max(599),
  times: z.int().min(1).max(1000),
  stalls: z.boolean().optional(),
});
const failureSchema = z.strictObject({
  times: z.int().min(1).max(100),
  device: z.int().min(0).optional(),
});

/** What people see of a story's file, and what goes wrong with files and decryption on purpose. */
export function storyMediaRoutes(context: StoryContext, server: MediaServer, media: StoryMedia): ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/admin/contacts/:phone/statuses/:id/media',
      handle: async ({ params }): Promise<MediaReport> => {
        const opened = await openStoryMedia(context, media, params['phone'] ?? '', params['id'] ?? '');
        return { facts: opened.facts, thumbnail: opened.thumbnail, problems: opened.problems };
      },
    },
    {
      method: 'POST',
      path: '/admin/contacts/:phone/fail-decryption',
      handle: ({ params, body }) => {
        const { times, device } = parseWith(failureSchema, body);
        const person = context.world.findPersonByNumber(params['phone'] ?? '');
        if (!person) throw new ControlError(404, `${params['phone'] ?? ''} is nobody here`);
        person.contact.retries.forceFailures(times, device ?? null);
        return {};
      },
    },
    {
      method: 'POST',
      path: '/admin/media/faults',
      handle: ({ body }) => {
        server.addFault(parseWith(faultSchema, body));
        return {};
      },
    },
    {
      method: 'POST',
      path: '/admin/media/expire-auth',
      handle: () => {
        server.expireAuths();
        return {};
      },
    },
  ];
}

import { readFile } from 'node:fs/promises';
import { inProject } from './project.mjs';

/**
 * What the demo posts: the bytes of a picture, a video and a voice note.
 * @returns {Promise<{ picture: Buffer, video: Buffer, voice: Buffer }>}
 */
export async function demoMedia() {
  const [picture, video, voice] = await Promise.all(
    ['sourdough.jpg', 'warm-bread.mp4', 'good-morning.ogg'].map((name) =>
      readFile(inProject('scripts', 'demo-media', name)),
    ),
  );
  return /** @type {{ picture: Buffer, video: Buffer, voice: Buffer }} */ ({ picture, video, voice });
}

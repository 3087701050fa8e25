import { answerCalls } from './child-process.js';
import { makeHeavyPictures, type HeavyPicture } from './heavy-pictures.js';

/* Uploads pictures that take much to open, all at the same moment. */

const timeoutMs = 600_000;

interface Target {
  url: string;
  apiKey: string;
}

let pictures: HeavyPicture[] = [];

const calls = {
  make: async (): Promise<void> => {
    pictures = await makeHeavyPictures();
  },
  /** Resolves when each is answered as it should be. */
  upload: async (target: Target): Promise<void> => {
    await Promise.all(pictures.map((picture) => upload(picture, target)));
  },
};
export type PictureUploaderCalls = typeof calls;

answerCalls(calls, () => Promise.resolve());

async function upload(picture: HeavyPicture, { url, apiKey }: Target): Promise<void> {
  const body = new FormData();
  body.set('image', new Blob([new Uint8Array(picture.bytes)]), 'picture');
  const request = { method: 'POST', headers: { 'x-api-key': apiKey }, body, signal: AbortSignal.timeout(timeoutMs) };
  const answer = await fetch(`${url}/api/upload-image`, request);
  const text = await answer.text();
  if (answer.status !== picture.status) throw new Error(`${picture.title}: ${String(answer.status)} ${text}`);
}

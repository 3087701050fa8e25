/** What a status shows, in this product’s words. */

export interface TextContent {
  type: 'text';
  text: string;
  /** #RRGGBB */
  backgroundColor: string;
  /** #RRGGBB */
  textColor: string;
  /** Number of the font on the wire (`ExtendedTextMessage.FontType`). */
  font: number;
}

/** A text status with a link in it, and how the link shows itself. */
export interface LinkContent extends Omit<TextContent, 'type'> {
  type: 'link';
  /** The address as it stands in `text`. */
  url: string;
  /** Without it the link is text to tap on. `thumbnail` is a small JPEG. */
  preview: { title: string; description: string | null; thumbnail: Buffer | null } | null;
}

/** A file of ours, ready as phones show it. It is read when the post leaves, and must not change. */
export interface MediaFile {
  path: string;
  mimeType: string;
}

/** `thumbnail` is a small JPEG of a few kB that travels in the message itself. */
export interface ImageContent {
  type: 'image';
  file: MediaFile;
  caption: string | null;
  width: number;
  height: number;
  thumbnail: Buffer;
}

export interface VideoContent extends Omit<ImageContent, 'type'> {
  type: 'video';
  durationMs: number;
  /** Shown again and again without sound, as moving pictures are. */
  isAnimation: boolean;
}

export interface VoiceContent {
  type: 'voice';
  file: MediaFile;
  durationMs: number;
  /** 64 bytes from 0 to 100: how loud it is over its length. */
  waveform: Buffer;
  /** #RRGGBB */
  backgroundColor: string;
}

export type MediaContent = ImageContent | VideoContent | VoiceContent;
export type StatusContent = TextContent | LinkContent | MediaContent;

import type { AVPixelFormat, AVSampleFormat } from 'node-av/constants';
import { avChannelLayoutDescribe, avGetSampleFmtName, type CodecParameters } from 'node-av/lib';
import type { TimeBase } from './native.js';

export interface SoundForm {
  /** A sample format. */
  format: AVPixelFormat | AVSampleFormat;
  sampleRate: number;
  channelLayout: CodecParameters['channelLayout'];
}

export function pictureSource(codecpar: CodecParameters, timeBase: TimeBase): { filter: string; args: string } {
  const { width, height, format, colorSpace, colorRange, sampleAspectRatio: aspect } = codecpar;
  const args = {
    video_size: `${String(width)}x${String(height)}`,
    pix_fmt: String(format),
    time_base: inText(timeBase),
    pixel_aspect: aspect.num > 0 && aspect.den > 0 ? inText(aspect) : '1/1',
    colorspace: String(colorSpace),
    range: String(colorRange),
  };
  return { filter: 'buffer', args: joined(args) };
}

export function soundSource(form: SoundForm, timeBase: TimeBase): { filter: string; args: string } {
  return {
    filter: 'abuffer',
    args: joined({ time_base: inText(timeBase), sample_rate: String(form.sampleRate), ...soundArgs(form) }),
  };
}

/** The filter that makes any sound one of this form. */
export function soundConverter(form: SoundForm): string {
  const { sample_fmt, channel_layout } = soundArgs(form);
  const args = { sample_fmts: sample_fmt, sample_rates: String(form.sampleRate), channel_layouts: channel_layout };
  return `aresample,aformat=${joined(args)}`;
}

function soundArgs({ format, channelLayout }: SoundForm): { sample_fmt: string; channel_layout: string } {
  return {
    sample_fmt: avGetSampleFmtName(format as AVSampleFormat) ?? '',
    channel_layout: avChannelLayoutDescribe(channelLayout) ?? '',
  };
}

function inText({ num, den }: TimeBase): string {
  return `${String(num)}/${String(den)}`;
}

function joined(args: Readonly<Record<string, string>>): string {
  return Object.entries(args)
    .map(([name, value]) => `${name}=${value}`)
    .join(':');
}

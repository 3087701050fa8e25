import { AVDISCARD_ALL } from 'node-av/constants';
import { FormatContext, InputFormat } from 'node-av/lib';
import type { MediaFile } from '../media-file.js';
import { check, type Cleanup, present, setOptions } from './native.js';

/** Only files of this machine, read by the demuxer that was chosen: a playlist opens nothing else. */
const inputOptions = { protocol_whitelist: 'file', max_streams: '100' };

export function openInput(file: MediaFile, cleanup: Cleanup): FormatContext {
  const format = present(InputFormat.findInputFormat(file.demuxer), `the demuxer ${file.demuxer}`);
  const input = new FormatContext();
  input.allocContext();
  setOptions(input, inputOptions);
  check(input.openInputSync(`file:${file.path}`, format, null), 'opening the file');
  cleanup.add(input, (opened) => opened.closeInputSync());
  check(input.findStreamInfoSync(null), 'looking at its streams');
  return input;
}

/** What is not asked for is not even read where the file allows that. */
export function readOnly(input: FormatContext, indexes: ReadonlySet<number>): void {
  for (const stream of input.streams) if (!indexes.has(stream.index)) stream.discard = AVDISCARD_ALL;
}

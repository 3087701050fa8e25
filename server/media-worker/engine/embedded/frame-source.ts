import { AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import type { FilterContext, Frame } from 'node-av/lib';
import { check } from './native.js';

/** Where the frames of one stream enter. */
export interface Source {
  push(frame: Frame): void;
  end(): void;
}

/** Frames go in as they are; what the graph wants no more of is dropped. */
export function filterSource(filter: FilterContext): Source {
  return {
    push(frame) {
      const pushed = filter.buffersrcAddFrameSync(frame);
      if (pushed !== AVERROR_EOF) check(pushed, 'filtering');
    },
    end: () => void filter.buffersrcAddFrameSync(null),
  };
}

/** The next frame of a result: `none` for not yet, `end` for never again. */
export function pull(sink: FilterContext, frame: Frame): 'frame' | 'none' | 'end' {
  const got = sink.buffersinkGetFrameSync(frame);
  if (got === AVERROR_EAGAIN) return 'none';
  if (got === AVERROR_EOF) return 'end';
  check(got, 'filtering');
  return 'frame';
}

import { FilterGraph, Frame, type FilterContext, type Stream } from 'node-av/lib';
import { avRescaleQ } from 'node-av/lib';
import { pull, type Source } from './frame-source.js';
import { soundConverter, type SoundForm, soundSource } from './graph-sources.js';
import { check, Cleanup, present } from './native.js';

/**
 * Keeps the form of a stream's sound as its header names it: the rate or the channels may change within it, and a filter
 * graph does not bear that.
 */
export class SoundAdapter implements Source {
  private readonly frame = new Frame();
  /** As it was when the graph was set up: FFmpeg writes a new form over the stream's own while it reads. */
  private readonly form: SoundForm;
  private converter: { form: SoundForm; source: FilterContext; sink: FilterContext; cleanup: Cleanup } | undefined;

  constructor(
    private readonly target: Source,
    private readonly stream: Stream,
    cleanup: Cleanup,
  ) {
    const { format, sampleRate, channelLayout } = stream.codecpar;
    this.form = { format, sampleRate, channelLayout };
    this.frame.alloc();
    cleanup.add(this.frame, (frame) => frame.free());
    cleanup.add(this, (adapter) => adapter.converter?.cleanup.run());
  }

  push(frame: Frame): void {
    if (isAlike(frame, this.form)) return this.target.push(frame);
    if (!this.converter || !isAlike(frame, this.converter.form)) this.open(frame);
    const { source, sink } = present(this.converter, 'the converter');
    check(source.buffersrcAddFrameSync(frame), 'converting sound');
    const rate = { num: 1, den: this.form.sampleRate };
    while (pull(sink, this.frame) === 'frame') {
      this.frame.pts = avRescaleQ(this.frame.pts, rate, this.stream.timeBase);
      this.target.push(this.frame);
      this.frame.unref();
    }
  }

  end(): void {
    this.target.end();
  }

  private open(frame: Frame): void {
    this.converter?.cleanup.run();
    const cleanup = new Cleanup();
    const graph = cleanup.add(new FilterGraph(), (one) => one.free());
    graph.alloc();
    const { filter, args } = soundSource(frame, this.stream.timeBase);
    const text = `${filter}@in=${args},${soundConverter(this.form)},abuffersink@out`;
    const form = { format: frame.format, sampleRate: frame.sampleRate, channelLayout: frame.channelLayout };
    try {
      check(graph.parse2(text), 'reading the filter graph');
      check(graph.configSync(), 'setting up the filter graph');
      const [source, sink] = [graph.getFilter(`${filter}@in`), graph.getFilter('abuffersink@out')];
      this.converter = { form, source: present(source, 'its entry'), sink: present(sink, 'its exit'), cleanup };
    } catch (error) {
      cleanup.run();
      throw error;
    }
  }
}

function isAlike(one: SoundForm, other: SoundForm): boolean {
  const [layout, otherLayout] = [one.channelLayout, other.channelLayout];
  return (
    one.format === other.format &&
    one.sampleRate === other.sampleRate &&
    layout.nbChannels === otherLayout.nbChannels &&
    layout.mask === otherLayout.mask
  );
}

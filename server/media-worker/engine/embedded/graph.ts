import { AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { type FilterContext, FilterGraph, type Stream } from 'node-av/lib';
import { codecThreads } from '../recipe.js';
import { filterSource, type Source } from './frame-source.js';
import { check, type Cleanup, present } from './native.js';
import { pictureSource, soundSource } from './graph-sources.js';
import { SoundAdapter } from './sound-adapter.js';

export type Carries = 'picture' | 'sound';

/** The filter graph of a recipe, with an entry for every stream that it names and an exit for every result that is wanted. */
export class Graph {
  private readonly graph = new FilterGraph();
  private readonly sources = new Map<number, Source>();

  constructor(
    text: string,
    streams: readonly Stream[],
    private readonly results: ReadonlyMap<string, Carries>,
    cleanup: Cleanup,
  ) {
    cleanup.add(this.graph, (graph) => graph.free());
    this.graph.alloc();
    this.graph.nbThreads = codecThreads;
    const entries = streams.map((stream) => {
      const { filter, args } = sourceOf(stream);
      return `${filter}@${String(stream.index)}=${args}[0:${String(stream.index)}]`;
    });
    const exits = [...results].map(([label, carries]) => `[${label}]${sinkFilters[carries]}@${label}`);
    check(this.graph.parse2([...entries, text, ...exits].join(';')), 'reading the filter graph');
    check(this.graph.configSync(), 'setting up the filter graph');
    for (const stream of streams) {
      const entry = this.filter(`${sourceOf(stream).filter}@${String(stream.index)}`);
      const isPicture = stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO;
      this.sources.set(
        stream.index,
        isPicture ? filterSource(entry) : new SoundAdapter(filterSource(entry), stream, cleanup),
      );
    }
  }

  source(index: number): Source {
    return present(this.sources.get(index), `the entry of stream ${String(index)}`);
  }

  sink(label: string): FilterContext {
    return this.filter(`${sinkFilters[this.results.get(label) ?? 'picture']}@${label}`);
  }

  private filter(name: string): FilterContext {
    return present(this.graph.getFilter(name), name);
  }
}

const sinkFilters: Readonly<Record<Carries, string>> = { picture: 'buffersink', sound: 'abuffersink' };

function sourceOf({ codecpar, timeBase }: Stream): { filter: string; args: string } {
  return codecpar.codecType === AVMEDIA_TYPE_VIDEO
    ? pictureSource(codecpar, timeBase)
    : soundSource(codecpar, timeBase);
}

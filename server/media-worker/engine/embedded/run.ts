import { AVERROR_EAGAIN, AVSEEK_FLAG_BACKWARD } from 'node-av/constants';
import { type FormatContext, Packet } from 'node-av/lib';
import type { EngineOutcome, EngineRun } from '../engine.js';
import type { Recipe } from '../recipe.js';
import { Decoder } from './decoder.js';
import { carriesOf } from './encoder.js';
import { type Carries, Graph } from './graph.js';
import { Cleanup, NativeError, present } from './native.js';
import { openInput, readOnly } from './open-input.js';
import { type OpenOutput, OpenFile, OpenRaw } from './outputs.js';
import { Turns } from './turns.js';

/** Follows a recipe from its file to its results, in the event loop of this process: it breathes every few milliseconds. */
export async function runRecipe(recipe: Recipe, run: EngineRun): Promise<EngineOutcome> {
  run.signal.throwIfAborted();
  const cleanup = new Cleanup();
  try {
    const frames = await follow(recipe, run, cleanup);
    return frames === 0 ? { result: 'failed', message: 'nothing could be decoded' } : { result: 'done' };
  } catch (error) {
    if (error instanceof NativeError) return { result: 'failed', message: error.message };
    throw error;
  } finally {
    cleanup.run();
  }
}

/** Answers how many frames there were. */
async function follow(recipe: Recipe, { signal, onTime, onData }: EngineRun, cleanup: Cleanup): Promise<number> {
  const input = recipe.input && openInput(recipe.input, cleanup);
  const wanted = new Set([...recipe.graph.matchAll(/\[0:(\d+)\]/g)].map(([, index]) => Number(index)));
  if (input) readOnly(input, wanted);
  const streams = [...wanted].map((index) => present(input?.streams[index], `stream ${String(index)}`));
  const decoders = new Map(streams.map((stream) => [stream.index, new Decoder(stream, cleanup)]));
  const graph = new Graph(recipe.graph, streams, resultsOf(recipe), cleanup);
  const outputs = recipe.outputs.map((output): OpenOutput =>
    output.kind === 'file'
      ? new OpenFile(output, graph, (ms) => onTime?.(ms), cleanup)
      : new OpenRaw(output, graph, (piece) => onData?.(piece), cleanup),
  );
  const turns = new Turns(signal);
  const drain = async (): Promise<void> => {
    while (outputs.map((output) => output.step()).includes(true)) if (turns.isOver) await turns.next();
  };
  if (input) {
    seek(input, recipe.input?.seekMs);
    const packet = cleanup.add(new Packet(), (one) => one.free());
    packet.alloc();
    while (!outputs.every(({ isAtEnd }) => isAtEnd)) {
      const read = input.readFrameSync(packet);
      if (read === AVERROR_EAGAIN) continue;
      // What is behind the damage is not there.
      if (read < 0) break;
      const { streamIndex } = packet;
      decoders.get(streamIndex)?.decode(packet, (frame) => graph.source(streamIndex).push(frame));
      packet.unref();
      await drain();
      if (turns.isOver) await turns.next();
    }
  }
  for (const [index, decoder] of decoders) {
    decoder.decode(null, (frame) => graph.source(index).push(frame));
    graph.source(index).end();
  }
  await drain();
  for (const output of outputs) output.finish();
  return [...decoders.values()].reduce((sum, { frames }) => sum + frames, input ? 0 : 1);
}

function resultsOf({ outputs }: Recipe): Map<string, Carries> {
  const results = new Map<string, Carries>();
  for (const output of outputs) {
    if (output.kind === 'raw') results.set(output.label, output.format === 's16le' ? 'sound' : 'picture');
    else for (const { label, encoder } of output.tracks) results.set(label, carriesOf(encoder));
  }
  return results;
}

function seek(input: FormatContext, toMs: number | undefined): void {
  if (toMs === undefined) return;
  // What cannot be sought is read from its beginning: the graph drops what is too early.
  input.seekFrameSync(-1, BigInt(Math.round(toMs * 1000)), AVSEEK_FLAG_BACKWARD);
}

import {
  codecThreads,
  maxPicturePoints,
  type EncodedTrack,
  type Output,
  type Recipe,
  type RecipeInput,
} from './recipe.js';

/** So far may one block of memory grow that a hostile file asks for. */
const maxAllocBytes = 512 * 1024 * 1024;

/** Where the program writes what a raw output holds: the first pipe behind the usual three. */
const rawPipe = 'pipe:3';

/** What the program ffmpeg is told to follow a recipe. */
export function programArguments({ input, graph, outputs }: Recipe): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-y', '-loglevel', 'error', '-nostats', '-progress', 'pipe:1'],
    ...['-max_alloc', String(maxAllocBytes), '-protocol_whitelist', 'file,pipe'],
    ...(input ? inputArguments(input) : []),
    ...['-filter_complex', graph],
    ...outputs.flatMap(outputArguments),
  ];
}

function inputArguments({ path, demuxer, seekMs }: RecipeInput): string[] {
  return [
    // The graph works on the clock of the file, and turns pictures itself.
    ...['-copyts', '-noautorotate', '-f', demuxer],
    ...(seekMs === undefined ? [] : ['-noaccurate_seek', '-seek_timestamp', '1', '-ss', (seekMs / 1000).toFixed(6)]),
    ...['-threads', String(codecThreads), '-max_pixels', String(maxPicturePoints), '-i', path],
  ];
}

function outputArguments(output: Output): string[] {
  if (output.kind === 'raw') {
    const encoder =
      output.format === 's16le' ? ['-c:a', 'pcm_s16le'] : ['-c:v', 'rawvideo', '-fps_mode', 'passthrough'];
    return ['-map', `[${output.label}]`, ...encoder, '-f', output.format, rawPipe];
  }
  return [
    ...output.tracks.flatMap(trackArguments),
    ...['-map_metadata', '-1', '-map_chapters', '-1', '-threads', String(codecThreads)],
    ...optionArguments(output.options ?? {}, ''),
    ...['-f', output.format, output.path],
  ];
}

function trackArguments({ label, encoder, options }: EncodedTrack): string[] {
  const kind = encoder === 'libx264' ? 'v' : 'a';
  return [
    ...['-map', `[${label}]`, `-c:${kind}`, encoder],
    ...optionArguments(options, `:${kind}`),
    ...(kind === 'v' ? ['-fps_mode', 'passthrough'] : []),
  ];
}

function optionArguments(options: Readonly<Record<string, string>>, suffix: string): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`-${name}${suffix}`, value]);
}

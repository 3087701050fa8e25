/** The part of libheif-js that is used; the package describes only its C functions. */
declare module 'libheif-js/wasm-bundle.js' {
  interface HeifImage {
    is_primary(): boolean;
    get_width(): number;
    get_height(): number;
    /** Draws red, green, blue and alpha of each point into `target.data`; null when it cannot. */
    display(target: HeifPoints, done: (drawn: HeifPoints | null) => void): void;
    free(): void;
  }
  interface HeifPoints {
    data: Uint8ClampedArray;
    width: number;
    height: number;
  }
  const libheif: { HeifDecoder: new () => { decode(file: Uint8Array): HeifImage[] } };
  export default libheif;
}

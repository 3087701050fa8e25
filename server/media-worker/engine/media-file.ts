/** Where a file stands, and the demuxer that reads it: nothing is guessed from what the file says of itself. */
export interface MediaFile {
  path: string;
  demuxer: string;
}

/** What is unpacked as a whole; more does not fit into the memory that a preparation may have. */
export const mostPixels = 100_000_000;
/** A JPEG is made smaller while it is read, unless it comes in several passes: cameras of phones reach 200 million points. */
export const mostJpegPixels = 300_000_000;

/** How many points a picture may have, by its header. */
export function mostPixelsOf(header: { format?: string; isProgressive?: boolean }): number {
  return header.format === 'jpeg' && header.isProgressive !== true ? mostJpegPixels : mostPixels;
}

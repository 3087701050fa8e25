/** The path below which this page was served, with a slash at its end: `/`, or such as `/statuscast/` behind a proxy. */
export const basePath = new URL(document.baseURI).pathname;

/** Where the server has what it calls by a path, such as `/api/sessions`. */
export function addressOf(path: string): string {
  return new URL(path.replace(/^\//, ''), document.baseURI).href;
}

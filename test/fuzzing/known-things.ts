import type { RequestDocument } from './json.js';

const mostKept = 40;

/** Names of what a server has, by kind, learned from its answers, so that requests find something. */
export class KnownThings {
  private readonly names = new Map<string, string[]>();
  private readonly places: { matches: RegExp; names: string[] }[];

  constructor(document: RequestDocument) {
    this.places = Object.keys(document.paths)
      .filter((address) => address.endsWith('}'))
      .map((address) => ({
        matches: new RegExp(`^${address.replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
        names: [...address.matchAll(/\{(\w+)\}/g)].flatMap((match) => match[1] ?? []),
      }));
  }

  add(kind: string, name: string): void {
    const known = (this.names.get(kind) ?? []).filter((other) => other !== name);
    this.names.set(kind, [name, ...known].slice(0, mostKept));
  }

  /** What the header `Location` says, and where the next page begins. */
  learn(location: string | undefined, body: unknown): void {
    const path = location?.replace(/^.*?\/api\//, '/');
    for (const { matches, names } of path === undefined ? [] : this.places) {
      const values = matches.exec(path ?? '');
      if (values)
        for (const [index, name] of names.entries()) this.add(name, decodeURIComponent(values[index + 1] ?? ''));
    }
    const cursor = /"nextCursor":"([^"]+)"/.exec(JSON.stringify(body) ?? '')?.[1];
    if (cursor !== undefined) this.add('cursor', cursor);
  }

  /** Puts a name of something known for each mark; the newest have the lowest numbers. */
  fill(text: string): string {
    return text.replaceAll(/<known:(\w+):(\d+)>/g, (_, kind: string, index: string) => {
      const known = this.names.get(kind) ?? [];
      return known[Number(index) % Math.max(known.length, 1)] ?? 'none';
    });
  }
}

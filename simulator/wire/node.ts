import type { BinaryNode } from '@whiskeysockets/baileys';

export type { BinaryNode };

export type NodeContent = readonly BinaryNode[] | Uint8Array | string | undefined;

/** Attributes that are undefined are left out; numbers are written as decimal strings, as everything on the wire is. */
export function element(
  tag: string,
  attrs: Record<string, string | number | undefined> = {},
  content?: NodeContent,
): BinaryNode {
  const written: Record<string, string> = {};
  for (const [name, value] of Object.entries(attrs)) if (value !== undefined) written[name] = String(value);
  const node: BinaryNode = { tag, attrs: written };
  if (content === undefined) return node;
  node.content = typeof content === 'string' || content instanceof Uint8Array ? content : [...content];
  return node;
}

export function childrenOf(node: BinaryNode | undefined, tag?: string): BinaryNode[] {
  if (!node || !Array.isArray(node.content)) return [];
  return tag === undefined ? node.content : node.content.filter((child) => child.tag === tag);
}

export function childOf(node: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return childrenOf(node, tag)[0];
}

/** The raw content, or undefined when the node holds children or nothing. Token strings come back as their UTF-8. */
export function bytesOf(node: BinaryNode | undefined): Buffer | undefined {
  const content = node?.content;
  if (content instanceof Uint8Array) return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (typeof content === 'string') return Buffer.from(content, 'utf8');
  return undefined;
}

export function textOf(node: BinaryNode | undefined): string | undefined {
  return bytesOf(node)?.toString('utf8');
}

export function unixSeconds(at: Date | number = Date.now()): string {
  return String(Math.floor(Number(at) / 1000));
}

/** One line for the log: tags and attributes, never content, which may be keys or text. */
export function describeNode(node: BinaryNode, depth = 2): string {
  const attrs = Object.entries(node.attrs).map(([name, value]) => ` ${name}="${value}"`);
  const children = childrenOf(node);
  const inside =
    children.length === 0 || depth === 0
      ? ''
      : `${children
          .slice(0, 3)
          .map((child) => describeNode(child, depth - 1))
          .join('')}${children.length > 3 ? `… ×${children.length}` : ''}`;
  return `<${node.tag}${attrs.join('')}>${inside}`;
}

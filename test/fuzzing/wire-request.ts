import { jsonText } from './nasty-values.js';
import type { PlannedBody, PlannedRequest } from './planned-requests.js';

/** A request as it is sent. */
export interface WireRequest {
  method: string;
  /** Below `/api`, encoded. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

/** Puts what the server has for the marks: `<known:sessionId:3>`. */
export type Fill = (text: string) => string;

const boundary = 'between-the-parts';

/** Without a `picture` no form has a file. */
export function wireOf(planned: PlannedRequest, fill: Fill, picture?: Buffer): WireRequest {
  const path = planned.address.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encoded(fill(planned.parameters[name] ?? '')),
  );
  const query = planned.query.map(([name, value]) => `${encoded(name)}=${encoded(fill(value))}`).join('&');
  const { type, bytes } = bytesOf(planned.body, fill, picture);
  return {
    method: planned.method,
    path: query === '' ? path : `${path}?${query}`,
    headers: { ...(type !== undefined && { 'content-type': type }), ...planned.headers },
    body: bytes,
  };
}

function bytesOf(body: PlannedBody, fill: Fill, picture?: Buffer): { type?: string; bytes: Buffer | undefined } {
  switch (body.kind) {
    case 'none':
      return { bytes: undefined };
    case 'raw':
      return { type: 'application/json', bytes: Buffer.from(body.bytes) };
    case 'json':
      return { type: 'application/json', bytes: Buffer.from(fill(jsonText(body.value))) };
    case 'form':
      return { type: `multipart/form-data; boundary=${boundary}`, bytes: formBytes(body, fill, picture) };
  }
}

function formBytes({ fields, file }: Extract<PlannedBody, { kind: 'form' }>, fill: Fill, picture?: Buffer): Buffer {
  const parts: (string | Buffer)[] = fields.flatMap(([name, value]) => [
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${fill(value)}\r\n`,
  ]);
  const content = picture && (file?.content === 'picture' ? picture : file?.content);
  if (file && content) {
    const head = `content-disposition: form-data; name="${file.field}"; filename="${file.name}"\r\ncontent-type: ${file.type}`;
    parts.push(`--${boundary}\r\n${head}\r\n\r\n`, content, '\r\n');
  }
  return Buffer.concat([...parts, `--${boundary}--\r\n`].map((part) => Buffer.from(part)));
}

/** Percent-encoded; half a surrogate pair as the three bytes that some programs make of it. */
function encoded(text: string): string {
  return [...text]
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0xd800 || code > 0xdfff) return encodeURIComponent(character);
      const bytes = [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
      return bytes.map((byte) => `%${byte.toString(16)}`).join('');
    })
    .join('');
}

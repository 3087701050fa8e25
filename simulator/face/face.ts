import type { IncomingMessage, ServerResponse } from 'node:http';
import { ControlError } from '../control/control-server.js';
import { parseRange } from '../media/byte-range.js';
import { openStoryMedia } from '../control/story-media-routes.js';
import type { StoryMedia } from '../media/story-media.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { Person } from '../state/person.js';
import { ChangeStream } from './change-stream.js';
import { FacePeople } from './face-people.js';
import { readPageFile } from './page-files.js';
import { readQrImage } from './qr-image.js';

type Context = Pick<ServerContext, 'events' | 'log' | 'now' | 'world'>;

const maxPictureBytes = 20 * 1024 * 1024;
const storyFilePath = /^\/face\/people\/(\d+)\/stories\/([^/]+)\/file$/;
const personPath = /^\/face\/people\/(\d+)$/;
/** Shown in the page; anything else is only offered as bytes. */
const shownTypes =
  /^(image\/(jpeg|png|webp|gif)|video\/(mp4|webm|3gpp|quicktime)|audio\/(ogg|mpeg|mp4|aac|x-m4a|opus))\b/;

const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; " +
    "img-src 'self' blob:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** The page on which a person plays the phones: looks at stories as WhatsApp shows them, likes, answers, links. */
export class Face {
  private readonly people: FacePeople;
  private readonly changes = new ChangeStream();
  private readonly onPerson = (person: Person): void => {
    this.people.noteChange(person);
    this.changes.push(person.phoneNumber);
  };
  private readonly onOnline = ({ account }: { account: { phoneNumber: string } }): void =>
    this.changes.push(account.phoneNumber);

  constructor(
    private readonly context: Context,
    private readonly media: StoryMedia,
  ) {
    this.people = new FacePeople(context);
    context.events.on('person', this.onPerson);
    context.events.on('online', this.onOnline);
  }

  /** Answers `/` and everything below `/face/`; false when the request is for somebody else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', 'http://simulator');
    if (url.pathname !== '/' && !url.pathname.startsWith('/face/')) return false;
    void this.answer(request, response, url);
    return true;
  }

  /** Ends the streams of open pages. */
  stop(): void {
    this.context.events.off('person', this.onPerson);
    this.context.events.off('online', this.onOnline);
    this.changes.stop();
  }

  private async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    try {
      await this.route(request, response, url);
    } catch (error) {
      const isExpected = error instanceof ControlError;
      if (!isExpected) this.context.log('error', 'the page could not be served', { error: String(error) });
      if (response.headersSent) response.destroy();
      else this.json(response, isExpected ? error.status : 500, { error: isExpected ? error.message : 'this broke' });
    }
  }

  private async route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { pathname: path } = url;
    if (request.method === 'POST' && path === '/face/read-qr') return this.readQr(request, response);
    if (request.method !== 'GET') throw new ControlError(405, `${request.method ?? ''} is not possible on ${path}`);
    if (path === '/face/events') return this.changes.attach(response);
    if (path === '/face/people')
      return this.json(response, 200, this.people.list(url.searchParams.get('search') ?? ''));
    const [, phoneNumber] = personPath.exec(path) ?? [];
    if (phoneNumber !== undefined) {
      const person = this.people.find(phoneNumber);
      if (!person) throw new ControlError(404, `${phoneNumber} is nobody here`);
      return this.json(response, 200, person);
    }
    const [, owner, statusId] = storyFilePath.exec(path) ?? [];
    if (owner !== undefined && statusId !== undefined)
      return this.storyFile(request, response, owner, decodeURIComponent(statusId));
    const file = await readPageFile(path);
    if (!file) throw new ControlError(404, `there is nothing at ${path}`);
    response.writeHead(200, { ...pageHeaders, 'content-type': file.contentType }).end(file.content);
  }

  /** Decrypted by the phone that asks. Ranges are served, since players jump. */
  private async storyFile(
    request: IncomingMessage,
    response: ServerResponse,
    phoneNumber: string,
    statusId: string,
  ): Promise<void> {
    const { bytes, facts } = await openStoryMedia(this.context, this.media, phoneNumber, statusId);
    const isShown = shownTypes.test(facts.mimetype ?? '');
    const range = parseRange(request.headers.range, bytes.length);
    if (range === 'unsatisfiable') {
      response.writeHead(416, { ...pageHeaders, 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const part = range ? bytes.subarray(range.start, range.end + 1) : bytes;
    response.writeHead(range ? 206 : 200, {
      ...pageHeaders,
      'content-type': isShown && facts.mimetype !== null ? facts.mimetype : 'application/octet-stream',
      'content-length': part.length,
      'accept-ranges': 'bytes',
      ...(range ? { 'content-range': `bytes ${range.start}-${range.end}/${bytes.length}` } : {}),
    });
    response.end(part);
  }

  private async readQr(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of request) {
      const bytes = Buffer.from(chunk as Uint8Array);
      sizeBytes += bytes.length;
      if (sizeBytes > maxPictureBytes) throw new ControlError(413, 'the picture has more than 20 MB');
      chunks.push(bytes);
    }
    const text = await readQrImage(Buffer.concat(chunks));
    if (text === undefined) throw new ControlError(422, 'there is no QR code to be seen in this picture');
    this.json(response, 200, { text });
  }

  private json(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { ...pageHeaders, 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}

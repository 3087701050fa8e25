import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Access, PublicAccess, SessionAccess } from '../access/access-rule.js';
import type { Principal } from '../access/principal.js';
import type { Page } from '../contract/envelope.js';
import type { ErrorCode } from '../contract/errors.js';
import type { Keep } from '../db/unit-of-work.js';
import type { AppError } from '../lib/app-error.js';
import type { TextBodySpec } from './text-body.js';
import type { FileSpec, ReceivedFile } from './uploads/receive-file.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A schema, or none at all. */
type MaybeSchema = z.ZodType | undefined;
type Parsed<S extends MaybeSchema> = S extends z.ZodType ? z.output<S> : undefined;

/**
 * One object in the success envelope. `alsoAs` names other media types that the handler answers with `reply.raw`. With 201 and
 * 202 the route says where the object can be read.
 */
export interface DataResponse<S extends z.ZodType = z.ZodType> {
  status: 200 | 201 | 202;
  data: S;
  alsoAs?: readonly string[];
}
/** One page of a list in the success envelope, with `meta`. */
export interface PageResponse<S extends z.ZodType = z.ZodType> {
  status: 200;
  page: S;
  alsoAs?: readonly string[];
}
/** Nothing. */
export interface EmptyResponse {
  status: 204;
}
/** Not JSON in an envelope: the handler answers with `reply.raw`. */
export interface RawResponse {
  status: 200;
  raw: readonly string[];
}
export type ResponseSpec = DataResponse | PageResponse | EmptyResponse | RawResponse;

type Answer<R extends ResponseSpec> =
  R extends DataResponse<infer S>
    ? z.input<S> | RawAnswer
    : R extends PageResponse<infer S>
      ? Page<z.input<S>> | RawAnswer
      : R extends RawResponse
        ? RawAnswer | FileAnswer
        : undefined;

declare const wasKept: unique symbol;
/** What the answers of idempotent routes are marked with; see {@link Keep}. */
export interface WasKept {
  readonly [wasKept]: true;
}

/** What a handler gives: where the route is idempotent, an answer that was kept. By its alias `Kept` the mark would be inferred. */
type Given<R extends ResponseSpec, I extends boolean> = [I] extends [false] ? Answer<R> : DataOf<R> & WasKept;

/** An answer that is not JSON in an envelope. */
export class RawAnswer {
  constructor(
    readonly contentType: string,
    readonly body: string | Buffer | Readable,
  ) {}
}

/** An answer that is a file on the disk, or a range of it. */
export class FileAnswer {
  constructor(
    readonly contentType: string,
    readonly path: string,
  ) {}
}

/** What a handler may know of the request beyond its parsed parts. */
export interface RouteRequest {
  id: string;
  ip: string;
  /** It came over TLS, as far as the server or a trusted proxy knows. */
  isSecure: boolean;
  /** Aborted when the caller goes away. */
  signal: AbortSignal;
  header(name: string): string | undefined;
  /** The first of these media types that the caller prefers, or undefined when it accepts none. */
  accepts(types: readonly string[]): string | undefined;
}

/** How long the caller wants to wait for the outcome. */
export interface Wait {
  waitMs: number;
  /** Aborted when the caller goes away. */
  signal: AbortSignal;
}

export interface RouteReply {
  /** Sets a response header. */
  header(name: string, value: string): void;
  /** The answer instead of an envelope; return it from the handler. */
  raw(contentType: string, body: string | Buffer | Readable): RawAnswer;
  /** A file instead of an envelope, with ranges; `not_found` when it is gone. Return it from the handler. */
  file(contentType: string, path: string): FileAnswer;
}

export interface RouteContext<
  A extends Access,
  P extends MaybeSchema = undefined,
  Q extends MaybeSchema = undefined,
  B extends MaybeSchema = undefined,
  F extends FileSpec | undefined = undefined,
  K = null,
> {
  principal: A extends PublicAccess ? undefined : Principal;
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  file: F extends FileSpec ? ReceivedFile : undefined;
  request: RouteRequest;
  reply: RouteReply;
  /** Null unless the route is idempotent. Does nothing for a request without a key. */
  keep: K;
  /** Nothing to wait for unless the route says that it `waits`. */
  wait: Wait;
}

/** What a handler gives as data, where it gives data. */
type DataOf<R extends ResponseSpec> = R extends DataResponse<infer S> ? z.input<S> : never;

/** Every route that makes something says where it can be read. */
type SaysWhere<R extends ResponseSpec> = R extends { status: 201 | 202 }
  ? { location: (...given: never[]) => string }
  : unknown;

type PathFor<A extends Access> = A extends SessionAccess ? `/${string}:sessionId${string}` : `/${string}`;

interface RouteText {
  /** The heading it stands under in the API reference. */
  tag: string;
  /** One line. */
  summary: string;
  description?: string;
  /** Failures beyond those that follow from the access, the schemas and the rate limit. */
  errors?: readonly ErrorCode[];
  /** Honours `Prefer: wait`. */
  waits?: boolean;
  /**
   * It only reads, for this caller alone, so that its queries end when the caller leaves. Pages of lists do so without saying it.
   */
  endsWithCaller?: boolean;
  /** The cookie of a sign-in is not enough. */
  authenticatedBy?: 'key';
  /** The largest JSON body, for a route that has to take more than the configured limit. */
  bodyLimitBytes?: number;
  /** The text of a file stands in this field of the body; the file itself is taken in its place. */
  textBody?: TextBodySpec;
}

export interface RouteDefinition<
  A extends Access,
  P extends MaybeSchema,
  Q extends MaybeSchema,
  B extends MaybeSchema,
  R extends ResponseSpec,
  F extends FileSpec | undefined = undefined,
  I extends boolean = boolean,
> extends RouteText {
  method: Method;
  /** Below `/api`, with `:name` for parameters. */
  path: PathFor<A>;
  access: A;
  params?: P;
  query?: Q;
  /** The JSON body; with `upload`, the other fields of the form. */
  body?: B;
  /** The body is a form with a file. */
  upload?: F;
  response: R;
  /** For a POST that creates something: honours `Idempotency-Key`. Its answer has to be one that was kept. */
  idempotent?: I;
  /** With 201 and 202: below `/api`, where what was made can be read. */
  location?: (made: DataOf<R>, params: Parsed<P>) => string;
  /**
   * For a route that may wait for the outcome: the failure that the caller is told when the outcome is one, undefined when it
   * is none. A repeat with the same idempotency key is told the same.
   */
  failure?: (made: DataOf<R>) => AppError | undefined;
  handler: (
    context: RouteContext<A, P, Q, B, F, [I] extends [false] ? null : Keep<DataOf<R>, WasKept>>,
  ) => Promise<Given<R, I>> | Given<R, I>;
}

/** What `handle` is given: parsed by the schemas of the same route. */
export interface ParsedRequest {
  principal: Principal | undefined;
  params: unknown;
  query: unknown;
  body: unknown;
  file: ReceivedFile | undefined;
  request: RouteRequest;
  reply: RouteReply;
  keep: Keep<unknown> | null;
  wait: Wait;
}

/** A route as the server mounts and describes it; the types of its parts are checked where it is defined. */
export interface Route extends RouteText {
  method: Method;
  path: string;
  access: Access;
  params: z.ZodType | undefined;
  query: z.ZodType | undefined;
  body: z.ZodType | undefined;
  upload: FileSpec | undefined;
  response: ResponseSpec;
  idempotent: boolean;
  location: ((made: unknown, params: unknown) => string) | undefined;
  failure: ((made: unknown) => AppError | undefined) | undefined;
  handle: (parsed: ParsedRequest) => Promise<unknown>;
}

/**
 * States one endpoint: who may call it, what it takes and gives, its text in the API reference, and its handler, typed
 * from the schemas. The handler returns the data (or the page); the envelope, the parsing and the refusals are not its work.
 */
export function defineRoute<
  const A extends Access,
  const R extends ResponseSpec,
  P extends MaybeSchema = undefined,
  Q extends MaybeSchema = undefined,
  B extends MaybeSchema = undefined,
  F extends FileSpec | undefined = undefined,
  const I extends boolean = false,
>(definition: RouteDefinition<A, P, Q, B, R, F, I> & SaysWhere<R>): Route {
  const given: RouteDefinition<A, P, Q, B, R, F, I> = definition;
  const { handler, location, failure, params, query, body, upload, path, idempotent, ...rest } = given;
  return {
    ...rest,
    idempotent: idempotent === true,
    path,
    params,
    query,
    body,
    upload,
    location: location && ((made, place) => location(made as DataOf<R>, place as Parsed<P>)),
    failure: failure && ((made) => failure(made as DataOf<R>)),
    handle: async (parsed) =>
      // The mount parses with these very schemas, which the compiler cannot see across the erased type.
      handler(parsed as Parameters<typeof handler>[0]),
  };
}

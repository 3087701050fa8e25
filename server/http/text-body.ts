import express, { type Request, type RequestHandler } from 'express';
import multer, { MulterError } from 'multer';
import { quoted } from '../contract/values/quoted.js';
import { AppError, validationError } from '../lib/app-error.js';
import { charsetOf, decodedText, isCharset } from '../lib/decoded-text.js';

/** For a route that takes the text of a file in a field of its JSON body, and the file itself just as well. */
export interface TextBodySpec {
  /** The media type that the file has as a body. */
  type: string;
  /** The field of the JSON body that holds its text. */
  field: string;
}

/** One way in which a body comes. */
export interface BodyForm {
  parserFor: (limitBytes: number) => RequestHandler;
  /** What was given, as JSON would give it; once it was parsed. */
  given: (request: Request) => unknown;
}

/** The field of a form that holds the file. */
export const formFileField = 'file';
const textTypes = ['text/plain', 'text/tab-separated-values', 'application/csv'];

/**
 * How the file comes in this request: as its body, or in a form. Undefined for any other body. Throws `unsupported_media_type`
 * for a charset that nobody knows.
 */
export function textFormOf(request: Request, { type, field }: TextBodySpec): BodyForm | undefined {
  const charset = charsetOf(request.headers['content-type'] ?? '');
  if (request.is([type, ...textTypes]) !== false) {
    if (charset !== undefined && !isCharset(charset)) throw unknownCharset(charset);
    return {
      parserFor: (limit) => express.raw({ limit, type: () => true }),
      given: ({ body }) => (Buffer.isBuffer(body) ? { [field]: textIn(body, charset) } : {}),
    };
  }
  if (request.is('multipart/form-data') === false) return undefined;
  return {
    parserFor: formParser,
    given: ({ file }) => {
      if (!file) throw validationError(formFileField, inOneField);
      return { [field]: textIn(file.buffer) };
    },
  };
}

/** How files begin that are often taken for the text of one. */
const otherFiles: readonly { begin: readonly number[]; what: string }[] = [
  { begin: [0x50, 0x4b, 0x03, 0x04], what: 'a workbook (.xlsx, .ods) or another ZIP archive' },
  { begin: [0xd0, 0xcf, 0x11, 0xe0], what: 'a workbook of Excel (.xls)' },
  { begin: [0x25, 0x50, 0x44, 0x46], what: 'a PDF' },
];

/** Throws `unsupported_media_type` for a file that is no text. */
function textIn(bytes: Buffer, charset?: string): string {
  const other = otherFiles.find(({ begin }) => begin.every((byte, at) => bytes[at] === byte));
  if (!other) return decodedText(bytes, [charset]);
  throw new AppError('unsupported_media_type', `This is ${other.what}, and no text. Save it as CSV, and send that.`);
}

function unknownCharset(charset: string): AppError {
  const remedy = 'Name the one that the file is in, such as windows-1250, or save it as UTF-8.';
  return new AppError('unsupported_media_type', `There is no charset ${quoted(charset)}. ${remedy}`);
}

const inOneField = `Send one file, in the field "${formFileField}" of the form, and nothing else.`;

function formParser(limitBytes: number): RequestHandler {
  const limits = { fileSize: limitBytes, files: 1, fields: 0, parts: 1, fieldNameSize: 100 };
  const handle = multer({ storage: multer.memoryStorage(), defParamCharset: 'utf8', limits }).single(formFileField);
  return (request, response, next) => {
    handle(request, response, (error: unknown) => {
      if (error === undefined || error === null) next();
      else next(inWords(error));
    });
  };
}

function inWords(error: unknown): AppError {
  if (!(error instanceof MulterError)) {
    return new AppError('validation_error', 'The form is incomplete or damaged. Send it again.', { cause: error });
  }
  if (error.code !== 'LIMIT_FILE_SIZE') return validationError(formFileField, inOneField);
  return new AppError('payload_too_large', 'The file is larger than this server accepts.');
}

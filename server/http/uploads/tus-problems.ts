import { ERRORS } from '@tus/server';
import { AppError, notFound, validationError } from '../../lib/app-error.js';

/** What the library refuses, in our words and with our codes. `failure` is what it threw, where it threw something. */
export function tusProblem(status: number, failure: unknown): Error {
  switch (failure) {
    case ERRORS.FILE_NOT_FOUND:
    case ERRORS.FILE_NO_LONGER_EXISTS:
      return notFound('The upload');
    case ERRORS.INVALID_OFFSET:
      return new AppError('conflict', 'Upload-Offset is not where the upload is. Ask with HEAD and go on from there.');
    case ERRORS.MISSING_OFFSET:
      return validationError('Upload-Offset', 'Say with Upload-Offset from which byte on the body goes.');
    case ERRORS.INVALID_CONTENT_TYPE:
      return unsupportedType();
    case ERRORS.ERR_SIZE_EXCEEDED:
    case ERRORS.ERR_MAX_SIZE_EXCEEDED:
      return new AppError('payload_too_large', 'The body is longer than what Upload-Length left of the file.');
    case ERRORS.INVALID_LENGTH:
    case ERRORS.UNSUPPORTED_CREATION_DEFER_LENGTH_EXTENSION:
      return validationError('Upload-Length', 'Say with Upload-Length how many bytes the file has, when you begin it.');
    case ERRORS.UNSUPPORTED_CONCATENATION_EXTENSION:
      return validationError('Upload-Concat', 'Uploads cannot be put together from parts here. Send the file as one.');
    case ERRORS.INVALID_METADATA:
      return metadataUnreadable();
    case ERRORS.INVALID_TERMINATION:
      return new AppError('conflict', 'This upload is whole already. Delete the file that it became.');
    case ERRORS.ABORTED:
      return new AppError('conflict', 'Another request went on with this upload. Ask with HEAD how far it is.');
    case ERRORS.FILE_WRITE_ERROR:
      return new AppError('unavailable', 'What came could not be written to the disk. Go on with the upload later.', {
        retryAfterSeconds: 30,
        cause: failure,
      });
    default:
      return status === 400 || status === 412 ? headersUnreadable(status) : unexpected(failure);
  }
}

/** Before it begins, the library looks at the headers, and answers with their names alone. */
function headersUnreadable(status: number): AppError {
  return status === 412
    ? validationError(
        'Tus-Resumable',
        'Send Tus-Resumable: 1.0.0, the version of the tus protocol that is spoken here.',
      )
    : new AppError(
        'validation_error',
        'A header of the tus protocol cannot be read: Tus-Resumable is 1.0.0, Upload-Length and Upload-Offset are whole ' +
          'numbers, Upload-Metadata is "key base64" pairs with commas, Content-Type of a PATCH is application/offset+octet-stream.',
      );
}

function metadataUnreadable(): AppError {
  return validationError('Upload-Metadata', 'Give pairs of a key and a base64 value, with commas between them.');
}

function unsupportedType(): AppError {
  return new AppError('unsupported_media_type', 'Send the bytes as Content-Type: application/offset+octet-stream.');
}

function unexpected(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error('The upload library failed.', { cause: failure });
}

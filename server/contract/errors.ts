import { z } from 'zod';

/** Every machine-readable failure code a caller can meet, in HTTP answers and in Socket.IO acknowledgements. */
export const errorCodes = [
  'validation_error',
  'unauthorized',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'conflict',
  'not_connected',
  'payload_too_large',
  'unsupported_media_type',
  'range_not_satisfiable',
  'headers_too_large',
  'request_timeout',
  'empty_audience',
  'rate_limited',
  'whatsapp_error',
  'unavailable',
  'internal_error',
] as const;

export const errorCodeSchema = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

/** The body of every failed request. `details.fields` maps a dotted path to a sentence for `validation_error`. */
export const failureSchema = z
  .object({
    success: z.literal(false),
    error: z.string().meta({ description: 'A sentence for a person: what is wrong and what to do.' }),
    code: errorCodeSchema,
    details: z.record(z.string(), z.unknown()).optional(),
    requestId: z.string(),
  })
  .meta({ id: 'Failure' });
export type Failure = z.infer<typeof failureSchema>;

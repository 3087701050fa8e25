import path from 'node:path';
import { z } from 'zod';
import { isWhatsAppAddress } from '../lib/service-addresses.js';
import { list, type Given, type Values } from './kinds.js';

const whatsAppUrl = 'wss://web.whatsapp.com/ws/chat';

/** Whom the server talks to. */
export const outsideSettings = {
  OUTBOUND_ALLOW_PRIVATE: list
    .default([])
    .describe(
      'Hosts on private networks that links and media may be fetched from, comma-separated, as "name" or "name:port". All others are refused.',
    ),
  WHATSAPP_URL: z
    .url({ protocol: /^wss?$/, error: 'Give a ws:// or wss:// address.' })
    .default(whatsAppUrl)
    .describe('The WebSocket of WhatsApp. Change it only to use the simulator.'),
  WHATSAPP_ROOT_KEY: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'Give 32 bytes as 64 hexadecimal digits.')
    .default('')
    .describe('The public key that signs the server certificate, for the simulator. Empty is the real one.'),
  WHATSAPP_MEDIA_CA_FILE: z
    .string()
    .default('')
    .describe('A PEM file with the certificate authority of the media server, for the simulator.'),
};

export interface OutsideConfig {
  /** Hosts on private networks that addresses given by callers may lead to. */
  outboundAllowPrivate: readonly string[];
  whatsapp: { url: string; isSimulated: boolean; rootKey: Buffer | null; mediaCaFile: string | null };
}

/** With a foreign trust root, whoever stands between us and WhatsApp could read and forge everything. */
export function outsideProblems(given: Given): string[] {
  if (!given['WHATSAPP_ROOT_KEY'] && !given['WHATSAPP_MEDIA_CA_FILE']) return [];
  if (!isWhatsAppAddress(given['WHATSAPP_URL'] ?? whatsAppUrl)) return [];
  return [
    'WHATSAPP_URL: A trust root or certificate authority of a simulator must not be used with the real WhatsApp. ' +
      'Clear WHATSAPP_ROOT_KEY and WHATSAPP_MEDIA_CA_FILE, or point WHATSAPP_URL at the simulator.',
  ];
}

export function outsideConfigOf(values: Values<typeof outsideSettings>): OutsideConfig {
  return {
    outboundAllowPrivate: values.OUTBOUND_ALLOW_PRIVATE,
    whatsapp: {
      url: values.WHATSAPP_URL,
      isSimulated: !isWhatsAppAddress(values.WHATSAPP_URL),
      rootKey: values.WHATSAPP_ROOT_KEY === '' ? null : Buffer.from(values.WHATSAPP_ROOT_KEY, 'hex'),
      mediaCaFile: values.WHATSAPP_MEDIA_CA_FILE === '' ? null : path.resolve(values.WHATSAPP_MEDIA_CA_FILE),
    },
  };
}

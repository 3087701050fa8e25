import { createHash } from 'node:crypto';
import type { DeviceAddress } from './jid.js';

const hashedBytes = 6;

/**
 * The short name of a set of devices, as `phash` and `device_hash` carry it: `2:` and six bytes of SHA-256 over all
 * addresses, sorted, each with agent and device written out. Source: `participantListHashV2` of whatsmeow.
 */
export function participantHash(devices: readonly DeviceAddress[]): string {
  const names = devices.map(
    ({ form, user, device }) => `${user}.0:${device}@${form === 'lid' ? 'lid' : 's.whatsapp.net'}`,
  );
  const hash = createHash('sha256').update(names.sort().join('')).digest();
  return `2:${hash.subarray(0, hashedBytes).toString('base64')}`;
}

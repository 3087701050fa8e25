/** The server's own address: an empty user. Clients compare it literally. */
export const serverJid = '@s.whatsapp.net';
export const statusBroadcast = 'status@broadcast';

export type AddressForm = 'pn' | 'lid';

/** One device of one person, in one of the two forms that the wire uses. Device 0 is the phone. */
export interface DeviceAddress {
  form: AddressForm;
  /** Digits: a phone number or the user part of a hidden id. */
  user: string;
  device: number;
}

const servers: Record<AddressForm, string> = { pn: 's.whatsapp.net', lid: 'lid' };
const personJidForm = /^(\d{1,20})(?:_\d+)?(?::(\d{1,3}))?@(s\.whatsapp\.net|lid)$/;

/** Undefined when this is not a person or a person's device: groups, broadcast lists, the server, nonsense. */
export function parseJid(jid: string | undefined): DeviceAddress | undefined {
  const match = personJidForm.exec(jid ?? '');
  if (!match) return undefined;
  const [, user, device, server] = match;
  if (user === undefined) return undefined;
  return { form: server === 'lid' ? 'lid' : 'pn', user, device: Number(device ?? 0) };
}

/** `49…:5@s.whatsapp.net`; device 0 is written without `:0`. */
export function formatJid({ form, user, device }: DeviceAddress): string {
  return `${user}${device === 0 ? '' : `:${device}`}@${servers[form]}`;
}

export function pnJid(phoneNumber: string, device = 0): string {
  return formatJid({ form: 'pn', user: phoneNumber, device });
}

export function lidJid(lid: string, device = 0): string {
  return formatJid({ form: 'lid', user: lid, device });
}

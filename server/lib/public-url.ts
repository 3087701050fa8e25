import { z } from 'zod';

/** Where browsers reach the server: an origin, and the path below it, empty or such as `/statuscast`. */
export interface PublicAddress {
  origin: string;
  path: string;
}

export const publicUrlSetting = z
  .url({
    protocol: /^https?$/,
    error: 'Give the address that browsers use, such as https://example.com/statuscast.',
  })
  .refine((address) => !/[?#@]/.test(address), 'Leave out user names, "?" and "#".')
  .or(z.literal(''))
  .default('')
  .describe(
    'The address at which browsers reach the server behind a reverse proxy, with its path (docs/guides/proxies.md). Empty where nothing stands in front.',
  );

/** The address in its parts; null where the setting is empty. */
export function publicAddressOf(address: string): PublicAddress | null {
  if (address === '') return null;
  const { origin, pathname } = new URL(address);
  return { origin, path: pathname.replace(/\/+$/, '') };
}

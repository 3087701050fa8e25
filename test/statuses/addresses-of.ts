import type { PersonAddress } from '../../server/whatsapp/gateway.js';

/** What these people are known by, without what else is known of them. */
export function addressesOf(people: readonly PersonAddress[]): PersonAddress[] {
  return people.map(({ phoneNumber, lid }) => ({ phoneNumber, lid }));
}

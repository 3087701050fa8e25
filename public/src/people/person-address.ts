import type { Contact } from '../../../server/contract/contacts.js';

/** By what the API finds somebody: the number, or the LID where that is all that is known. null: nothing is. */
export function addressOfPerson({ number, lid }: Pick<Contact, 'number' | 'lid'>): string | null {
  return number ?? (lid === null ? null : `${lid}@lid`);
}

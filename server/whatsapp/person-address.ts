/** A person on WhatsApp. At least one of the two is set; which one the server uses depends on the account's migration. */
export interface PersonAddress {
  /** Digits only, country code first, no suffix. */
  phoneNumber: string | null;
  /** The user part of the hidden id, without `@lid` and without a device. */
  lid: string | null;
}

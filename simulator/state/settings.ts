/** Rules of the real service that tests switch off one by one, and times that they shorten. */
export interface SimulatorSettings {
  /** How long a client may take from its first byte to the end of the Noise handshake. */
  handshakeMs: number;
  /** A client that sends faster than this is broken, and is cut off. */
  stanzasPerSecond: number;
  /** How long the first QR, and each one after it, is valid. */
  firstQrMs: number;
  nextQrMs: number;
  qrRefs: number;
  /** How long a linking code can be typed. */
  codeMs: number;
  /** How long a client may take to sign the device identity. */
  pairingAnswerMs: number;
  /** Between decryption and the delivery receipt. Below 100 ms Baileys folds it into the send's own event. */
  deliveryReceiptDelayMs: number;
  deliveryReceipts: boolean;
  /** Whether a status to both LID and phone-number participants is answered 479. */
  refuseMixedAddressing: boolean;
  /** Whether a status addressed to the very device that sends it is answered 479. */
  refuseOwnDevice: boolean;
  /** Whether a status with an `addressing_mode` attribute is answered 479. */
  refuseAddressingMode: boolean;
  /** Whether an account that has a LID may address statuses to phone numbers. Field reports say 479; not proven. */
  refusePhoneNumberAddressing: boolean;
  /** The form of `participant` in receipts: as the recipient was addressed, or always one of the two. */
  receiptForm: 'as_addressed' | 'lid' | 'pn';
  /**
   * The shape of receipts for statuses: one each; several ids in a `<list>` are used when a contact opens several;
   * `participants` is the grouped form reported in September 2026 (`<participants message_id><user …/></participants>`).
   */
  receiptShape: 'single' | 'participants';
  /** Below this many one-time prekeys a client is asked for more. */
  preKeyLowMark: number;
  /** Requests for a linking code are answered with this error, as with 429 after too many; null grants them. */
  linkCodeError: number | null;
}

export const DEFAULT_SETTINGS: Readonly<SimulatorSettings> = {
  handshakeMs: 20_000,
  // Bursts of acks for offline receipts stay below it.
  stanzasPerSecond: 50_000,
  firstQrMs: 60_000,
  nextQrMs: 20_000,
  qrRefs: 6,
  codeMs: 180_000,
  pairingAnswerMs: 15_000,
  deliveryReceiptDelayMs: 300,
  deliveryReceipts: true,
  refuseMixedAddressing: true,
  refuseOwnDevice: true,
  refuseAddressingMode: true,
  refusePhoneNumberAddressing: false,
  receiptForm: 'as_addressed',
  receiptShape: 'single',
  preKeyLowMark: 5,
  linkCodeError: null,
};

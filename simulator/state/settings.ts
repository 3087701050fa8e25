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
  /** Whether a status to both LID and phone-number participants is answered 400. */
  refuseMixedAddressing: boolean;
  /** Whether a status addressed to the very device that sends it is answered 479; not proven. It is never delivered there. */
  refuseOwnDevice: boolean;
  /** Whether a participant without a ciphertext that names a device, not a person, is answered 479; not proven. */
  refuseBareDevices: boolean;
  /** Whether a status with an `addressing_mode` attribute is answered 479. */
  refuseAddressingMode: boolean;
  /** Whether an account that has a LID may address statuses to phone numbers. Field reports say 479; not proven. */
  refusePhoneNumberAddressing: boolean;
  /**
   * What a look-up by JID says about the other writing of a number (Brazil, Mexico, Argentina): nobody, or the person under
   * the known address. By number, as when a contact is checked, it is always the latter; messages to it reach nobody.
   */
  aliasJids: 'unknown' | 'canonical';
  /** The form of `participant` in receipts: as the recipient was addressed, or always one of the two. */
  receiptForm: 'as_addressed' | 'lid' | 'pn';
  /**
   * The shape of receipts for statuses: one each; several ids in a `<list>` are used when a contact opens several;
   * `participants` is the grouped form reported in September 2026 (`<participants message_id><user …/></participants>`).
   */
  receiptShape: 'single' | 'participants';
  /**
   * When the ack of a status carries `phash`, the hash over all devices that should have got it: when some were left out,
   * always, or never. Which of these the real server does is not known.
   */
  ackPhash: 'when_uncovered' | 'always' | 'never';
  /**
   * Whether a status that a client answers with an error ack is kept: it is then delivered first at every login, and all
   * else is withheld until it is acknowledged without an error. Reported of the real service by Baileys PR #2779.
   */
  holdQueueBehindErrorAck: boolean;
  /** Whether `<ib><offline>` follows the queue of a login. Baileys #2810 reports connections on which it never came. */
  offlineEnd: boolean;
  /** The `offline` attribute of what arrives live; null for none. Baileys #2810 reports `0`. */
  liveOfflineMark: string | null;
  /** Below this many one-time prekeys a client is asked for more. */
  preKeyLowMark: number;
  /** Requests for a linking code are answered with this error, as with 429 after too many; null grants them. */
  linkCodeError: number | null;
}

export const defaultSettings: Readonly<SimulatorSettings> = {
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
  refuseOwnDevice: false,
  refuseBareDevices: false,
  refuseAddressingMode: true,
  refusePhoneNumberAddressing: false,
  aliasJids: 'unknown',
  receiptForm: 'as_addressed',
  receiptShape: 'single',
  ackPhash: 'when_uncovered',
  holdQueueBehindErrorAck: false,
  offlineEnd: true,
  liveOfflineMark: null,
  preKeyLowMark: 5,
  linkCodeError: null,
};

/** Why a device could not use what it got. `duplicate` needs no retry: the device has the message already. */
export type SignalRefusalKind =
  | 'duplicate'
  | 'no_session'
  | 'no_sender_key'
  | 'invalid_key'
  | 'invalid_prekey'
  | 'invalid_message'
  | 'invalid_signature'
  | 'too_far_ahead'
  | 'bad_mac'
  | 'device_identity'
  /** A revoke came before the status that it takes back. */
  | 'revoke_too_early';

export interface SignalRefusal {
  ok: false;
  kind: SignalRefusalKind;
  /** In words, for people. */
  reason: string;
  /** The `error` attribute of a `<retry>`, as WhatsApp's own clients number them. */
  retryError: number;
}

const retryErrors: Record<SignalRefusalKind, number> = {
  duplicate: 0,
  no_session: 1,
  no_sender_key: 1,
  invalid_key: 2,
  invalid_prekey: 3,
  invalid_message: 4,
  invalid_signature: 5,
  too_far_ahead: 6,
  bad_mac: 7,
  device_identity: 12,
  revoke_too_early: 13,
};

export function signalRefusal(kind: SignalRefusalKind, reason: string): SignalRefusal {
  return { ok: false, kind, reason, retryError: retryErrors[kind] };
}

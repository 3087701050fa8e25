/* global EventSource */

/** @param {string} path @param {RequestInit} [options] */
async function ask(path, options) {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `the simulator answered ${response.status}`);
  return answer;
}

/** @param {string} path @param {unknown} body */
function send(path, body) {
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export const api = {
  /** @param {string} search */
  people: (search) => ask(`/face/people?search=${encodeURIComponent(search)}`),
  /** @param {string} phone */
  phone: (phone) => ask(`/face/people/${phone}`),
  /** @param {string} phone @param {string} id */
  mediaFacts: (phone, id) => ask(`/admin/contacts/${phone}/statuses/${encodeURIComponent(id)}/media`),
  /** @param {string} phone @param {string} id */
  mediaUrl: (phone, id) => `/face/people/${phone}/stories/${encodeURIComponent(id)}/file`,
  /** @param {string} phone @param {string} statusId */
  view: (phone, statusId) => send(`/admin/contacts/${phone}/view`, { statusId }),
  /** @param {string} phone @param {string} statusId @param {string} emoji */
  like: (phone, statusId, emoji) => send(`/admin/contacts/${phone}/like`, { statusId, emoji }),
  /** @param {string} phone @param {string} statusId @param {string} text */
  reply: (phone, statusId, text) => send(`/admin/contacts/${phone}/reply`, { statusId, text }),
  /** @param {string} qr @param {string} phoneNumber */
  scanQr: (qr, phoneNumber) =>
    ask(`/admin/mock-phone/scan-qr${phoneNumber ? `?phoneNumber=${phoneNumber}` : ''}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: qr,
    }),
  /** @param {string} phoneNumber @param {string} code */
  enterCode: (phoneNumber, code) => send('/admin/mock-phone/enter-code', { phoneNumber, code }),
  /** @param {Blob} picture */
  readQr: (picture) => ask('/face/read-qr', { method: 'POST', body: picture }),
};

/**
 * Calls back whenever phones changed, and with null when the stream came (back), since anything may have happened.
 * @param {(phoneNumbers: string[] | null) => void} onChange @param {(isLive: boolean) => void} onState
 */
export function listen(onChange, onState) {
  const source = new EventSource('/face/events');
  source.addEventListener('open', () => {
    onState(true);
    onChange(null);
  });
  source.addEventListener('error', () => onState(false));
  source.addEventListener('change', (event) => onChange(JSON.parse(event.data).phoneNumbers));
}

import assert from 'node:assert/strict';
import type { ConnectionStatus, QrCode } from '../../server/contract/sessions.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from './eventually.js';

/** What linking needs of a running server, in this process or in another. */
export interface ServerAddress {
  url: string;
  apiKey: string;
}

/** The phone that scans. */
export interface ScanningPhone {
  scanQr(qr: string): Promise<{ phoneNumber: string; lid: string | null }>;
}

/** A request with the server's key; answers the parsed body, and fails unless the status is as expected. */
export async function callApi<T>(
  server: ServerAddress,
  method: string,
  path: string,
  options: { body?: unknown; expected?: number; headers?: Record<string, string> } = {},
): Promise<T> {
  const { body, expected = 200, headers } = options;
  const response = await fetch(`${server.url}/api${path}`, {
    method,
    headers: { 'x-api-key': server.apiKey, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as T;
  assert.equal(response.status, expected, JSON.stringify(answer));
  return answer;
}

/** Posts to a session, waits for the outcome and answers the status: one that failed is told by a failure that has it. */
export async function postAndWait(
  server: ServerAddress,
  body: object,
  { path = '/sessions/acc1/send-status', waitSeconds = 30 } = {},
): Promise<Status> {
  const response = await fetch(`${server.url}/api${path}`, {
    method: 'POST',
    headers: {
      'x-api-key': server.apiKey,
      'content-type': 'application/json',
      prefer: `wait=${String(waitSeconds)}`,
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Success<Status> | (Failure & { details?: { status?: Status } });
  const status = answer.success ? answer.data : answer.details?.status;
  assert.ok(status, JSON.stringify(answer));
  assert.equal(response.status === 202, status.state !== 'failed', JSON.stringify(answer));
  return status;
}

export async function waitUntilConnected(server: ServerAddress, sessionId: string): Promise<ConnectionStatus> {
  return eventually(
    async () => {
      const path = `/sessions/${sessionId}/connection-status`;
      const { data } = await callApi<Success<ConnectionStatus>>(server, 'GET', path);
      assert.ok(data.connected, `it is ${data.state}`);
      return data;
    },
    { timeoutMs: 15_000, what: `${sessionId} to be connected` },
  );
}

/** Makes a session through the API and links it: the phone scans the QR that the server shows. */
export async function linkAccount(
  server: ServerAddress,
  phone: ScanningPhone,
  sessionId = 'acc1',
): Promise<{ phoneNumber: string; lid: string | null }> {
  const body = { sessionId, sessionName: 'Shop', authMethod: 'qrcode' };
  await callApi(server, 'POST', '/sessions', { body, expected: 201 });
  const { data } = await eventually(() => callApi<Success<QrCode>>(server, 'GET', `/sessions/${sessionId}/qr`), {
    timeoutMs: 15_000,
    what: 'a QR code',
  });
  const linked = await phone.scanQr(data.qr);
  await waitUntilConnected(server, sessionId);
  return linked;
}

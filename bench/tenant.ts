import type { CreatedApiKey, Organization } from '../server/contract/access.js';
import type { QrCode, Session } from '../server/contract/sessions.js';

/** A server, and the key with which it is asked. */
export interface KeyedServer {
  url: string;
  apiKey: string;
}

/** An organization of its own, with a key that may do everything in it, and a linked account. */
export interface Tenant extends KeyedServer {
  sessionId: string;
}

export const askTimeoutMs = 30_000;
const pollIntervalMs = 50;

/** Makes them, with the root key. The organization is named after the account. Rejects when any of it fails. */
export async function settleTenant(
  server: KeyedServer,
  sessionId: string,
  scanQr: (qr: string) => Promise<unknown>,
): Promise<Tenant> {
  const { id: organizationId } = await ask<Organization>(server, 'POST', '/organizations', { name: sessionId });
  const capabilities = ['read', 'send', 'manage'];
  const keyWanted = { name: sessionId, organizationId, capabilities, rateLimitMax: 1_000_000 };
  const { apiKey } = await ask<CreatedApiKey>(server, 'POST', '/keys', keyWanted);
  const own = { url: server.url, apiKey, sessionId };
  await ask(own, 'POST', '/sessions', { sessionId, sessionName: `Account of ${sessionId}`, authMethod: 'qrcode' });
  const { qr } = await ask<QrCode>(own, 'GET', `/sessions/${sessionId}/qr`);
  await scanQr(qr);
  await untilConnected(own);
  return own;
}

async function untilConnected({ sessionId, ...server }: Tenant): Promise<void> {
  const deadline = performance.now() + askTimeoutMs;
  for (;;) {
    const { state } = await ask<Session>(server, 'GET', `/sessions/${sessionId}`);
    if (state === 'connected') return;
    if (performance.now() > deadline) throw new Error(`The account ${sessionId} is ${state}.`);
    await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
  }
}

/** The data of an answer. @throws Error with the server's own words for an answer that is no success */
export async function ask<T>(server: KeyedServer, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${server.url}/api${path}`, {
    method,
    headers: { 'x-api-key': server.apiKey, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(askTimeoutMs),
  });
  const answer = (await response.json()) as { data: T; error?: string };
  if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${answer.error ?? ''}`);
  return answer.data;
}

import { ok } from 'node:assert/strict';
import { WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { installFastCurve } from '../../server/whatsapp/signal/install-fast-curve.js';
import { eventually } from '../support/eventually.js';
import { MemoryAuth, PlainClient } from '../simulator/plain-client.js';

/*
 * A crowd of plain Baileys sockets in one process of its own, each with an account and a phone of its own. It links them
 * all, says so, and from then on answers how many of them are alive.
 */

export interface CrowdAddress {
  url: string;
  control: string;
  rootKeyHex: string;
  count: number;
}
/** `online` once all are linked; `alive` for each `ask`: how many the server answered just now. */
export type CrowdMessage = { type: 'online' | 'alive'; count: number } | { type: 'failed'; reason: string };

const linkedAtATime = 8;
const waitMs = 120_000;
/** A busy machine makes no client give up: whether they are alive is asked at the end. */
const patience = { defaultQueryTimeoutMs: waitMs, connectTimeoutMs: waitMs, keepAliveIntervalMs: 60 * 60_000 };
const ping = {
  tag: 'iq',
  attrs: { to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' },
  content: [{ tag: 'ping', attrs: {} }],
};

// Linking five hundred devices is only the preparation: with Baileys' own curve most of the time goes into their prekeys.
installFastCurve();
const { url, control, rootKeyHex, count } = JSON.parse(process.argv[2] ?? '') as CrowdAddress;
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKeyHex, 'hex');
const clients: PlainClient[] = [];

async function link(): Promise<void> {
  const auth = new MemoryAuth();
  const first = new PlainClient({ url }, auth, patience, { waitMs });
  const qr = await first.qr();
  const ended = first.ended();
  const body = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: qr };
  const scanned = await fetch(`${control}/admin/mock-phone/scan-qr`, body);
  ok(scanned.ok, await scanned.text());
  await ended;
  clients.push(await new PlainClient({ url }, auth, patience, { waitMs }).opened());
  await eventually(() => ok(auth.creds.accountSyncCounter), { timeoutMs: 60_000, what: 'the first sync' });
}

async function linkAll(): Promise<void> {
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun++ < count) await link();
  };
  await Promise.all(Array.from({ length: linkedAtATime }, worker));
}

async function countAlive(): Promise<number> {
  const answers = await Promise.allSettled(
    clients.map(async (client) => {
      ok(client.isOpen);
      await client.socket.query(structuredClone(ping));
    }),
  );
  return answers.filter(({ status }) => status === 'fulfilled').length;
}

function tell(message: CrowdMessage): void {
  process.send?.(message);
}

process.on('message', (message) => {
  if (message === 'ask') void countAlive().then((alive) => tell({ type: 'alive', count: alive }));
});
process.once('disconnect', () => {
  void Promise.all(clients.map((client) => client.close())).then(() => process.exit(0));
});
linkAll().then(
  () => {
    const closed = clients.flatMap((client) => client.closed ?? []);
    if (closed.length > 0) tell({ type: 'failed', reason: `closed again: ${JSON.stringify(closed)}` });
    else tell({ type: 'online', count: clients.length });
  },
  (error: unknown) => tell({ type: 'failed', reason: String(error instanceof Error ? error.stack : error) }),
);

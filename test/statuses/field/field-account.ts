import assert from 'node:assert/strict';
import type { Success } from '../../../server/contract/envelope.js';
import type { Recipient } from '../../../server/contract/recipients.js';
import type { Status } from '../../../server/contract/statuses.js';
import type { Clock } from '../../../server/lib/clock.js';
import type { StatusView } from '../../../simulator/control/story-controls.js';
import { eventually } from '../../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../../support/simulator.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from '../../support/link-account.js';

const base = '/sessions/acc1';

/** A clock that runs, and can be put forward. */
export class ForwardClock implements Clock {
  private aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.aheadMs);
  }

  putForward(ms: number): void {
    this.aheadMs += ms;
  }
}

/** One linked account on a server and a simulator of their own, with the questions that users ask. */
export class FieldAccount {
  private constructor(
    readonly simulator: TestSimulator,
    private running: TestServer,
    readonly own: string,
    readonly clock: ForwardClock,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async open(env: NodeJS.ProcessEnv = {}, { withLid = true } = {}): Promise<FieldAccount> {
    const simulator = await startTestSimulator();
    const clock = new ForwardClock();
    const server = await startTestServer({ simulator, env, replace: { clock } });
    const phone = withLid ? undefined : simulator.controls.linking.addAccount({ lid: false }).phoneNumber;
    const scanQr = (qr: string) => simulator.scanQr(qr, phone === undefined ? {} : { phoneNumber: phone });
    const { phoneNumber } = await linkAccount(server, { scanQr });
    return new FieldAccount(simulator, server, phoneNumber, clock, env);
  }

  async close(): Promise<void> {
    await this.running.stop();
    await this.simulator.stop();
  }

  get server(): TestServer {
    return this.running;
  }

  /** The same data in a new server. */
  async restart(): Promise<void> {
    const { simulator, clock, env } = this;
    const { dataDir } = this.running;
    await this.running.stop({ keepData: true });
    this.running = await startTestServer({ simulator, env, dataDir, replace: { clock } });
    await waitUntilConnected(this.running, 'acc1');
  }

  /** Posts and waits for the outcome. */
  async post(targetNumbers: readonly string[], content = 'Fresh bread'): Promise<Status> {
    const body = { type: 'text', content, targetNumbers };
    const status = await postAndWait(this.running, body, { path: `${base}/send-status`, waitSeconds: 60 });
    await this.simulator.drain();
    return status;
  }

  async read({ id }: Status): Promise<Status> {
    return (await callApi<Success<Status>>(this.running, 'GET', `${base}/statuses/${id}`)).data;
  }

  /** What the list of recipients says of each of them, in words. */
  async said({ id }: Status): Promise<string[]> {
    const path = `${base}/statuses/${id}/recipients?limit=500`;
    const { data } = await callApi<{ data: Recipient[] }>(this.running, 'GET', path);
    return data.map(({ outcome, message }) => {
      assert.match(message, /\.$/);
      return outcome;
    });
  }

  async resume(): Promise<void> {
    await callApi(this.running, 'POST', `${base}/resume-posting`);
  }

  contacts(count: number, wanted: { devices?: number; onWhatsApp?: boolean } = {}): string[] {
    const contacts = Array.from({ length: count }, () => wanted);
    return this.simulator.addContacts({ contacts }).map(({ phoneNumber }) => phoneNumber);
  }

  /** What a contact sees of a status: at most one, however often it came. */
  seen(phoneNumber: string, { messageId }: Pick<Status, 'messageId'>): StatusView[] {
    return this.simulator.statuses(phoneNumber).filter(({ id }) => id === messageId);
  }

  untilSeen(phoneNumber: string, status: Status): Promise<StatusView> {
    return eventually(() => this.seen(phoneNumber, status)[0] ?? assert.fail('it is not there'), {
      timeoutMs: 10_000,
      what: 'the status to open',
    });
  }
}

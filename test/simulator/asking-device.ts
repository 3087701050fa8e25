import { equal } from 'node:assert/strict';
import type { AuthenticationCreds, BinaryNode } from '@whiskeysockets/baileys';
import { childOf } from '../../simulator/wire/node.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkRaw, node, type RawClient } from './raw-client.js';
import { RefusalReader } from './refusal-reader.js';

/** A request that is wrong in one respect, the code of the error that answers it, and the refusal. */
export interface WrongQuery {
  name: string;
  xmlns: string;
  type: 'get' | 'set';
  content: () => BinaryNode[];
  code: string;
  rule: string;
  says: RegExp;
}

/** A linked device on a simulator of its own, for all tests of a file. */
export class AskingDevice {
  /** As which refusals name it. */
  readonly itself: RegExp;
  private parts: {
    simulator: TestSimulator;
    refusals: RefusalReader;
    wire: RawClient;
    creds: AuthenticationCreds;
  } | null = null;
  private requests = 0;

  constructor(readonly phoneNumber: string) {
    this.itself = new RegExp(`^${phoneNumber}:1@s\\.whatsapp\\.net$`);
  }

  get simulator(): TestSimulator {
    return this.linked().simulator;
  }

  get refusals(): RefusalReader {
    return this.linked().refusals;
  }

  get wire(): RawClient {
    return this.linked().wire;
  }

  get creds(): AuthenticationCreds {
    return this.linked().creds;
  }

  async link(): Promise<void> {
    const simulator = await startTestSimulator();
    const { wire, creds } = await linkRaw(simulator, this.phoneNumber);
    this.parts = { simulator, refusals: new RefusalReader(simulator), wire, creds };
  }

  async leave(): Promise<void> {
    await this.wire.close();
    await this.simulator.stop();
  }

  /** The error's code in the answer; undefined for a result. */
  async ask(xmlns: string, type: 'get' | 'set', content: BinaryNode[]): Promise<string | undefined> {
    this.requests += 1;
    const attrs = { id: `q${this.requests}`, to: '@s.whatsapp.net', type, xmlns };
    return childOf(await this.wire.query(node('iq', attrs, content)), 'error')?.attrs['code'];
  }

  private linked() {
    if (!this.parts) throw new Error('the device is not linked yet');
    return this.parts;
  }
}

/** One test for each: it is answered with its error, and refused once, in its words. */
export function refusesEach(device: AskingDevice, wrong: readonly WrongQuery[]): void {
  for (const { name, xmlns, type, content, code, rule, says } of wrong) {
    it(name, async () => {
      equal(await device.ask(xmlns, type, content()), code);
      await device.refusals.only({ rule, says, from: device.itself });
    });
  }
}

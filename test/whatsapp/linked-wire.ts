import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestConnection, type TestGateway } from './open-gateway.js';

/** The shortest post there is. */
export const text = { type: 'text', text: 'Hi', backgroundColor: '#112233', textColor: '#ffffff', font: 1 } as const;

/** An account that is linked, and WhatsApp at the other end, which withholds what waits behind an answer with an error. */
export interface LinkedWire {
  simulator: TestSimulator;
  gateway: TestGateway;
  live: TestConnection;
  /** Its number. */
  own: string;
  stop: () => Promise<void>;
}

export async function linkWire(): Promise<LinkedWire> {
  const simulator = await startTestSimulator({ settings: { holdQueueBehindErrorAck: true } });
  const gateway = await openTestGateway(simulator);
  const { live, phoneNumber: own } = await gateway.link(simulator);
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await simulator.stop();
  };
  return { simulator, gateway, live, own, stop };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { controlRoutes } from './control/control-routes.js';
import { ControlServer } from './control/control-server.js';
import { SimulatorControls } from './control/simulator-controls.js';
import { Face } from './face/face.js';
import { FaultPlan } from './faults/fault-plan.js';
import { sendFirstSync } from './phone/first-sync.js';
import { MediaServer } from './media/media-server.js';
import { StoryMedia } from './media/story-media.js';
import { storyMediaRoutes } from './control/story-media-routes.js';
import { ContactCourier } from './protocol/contact-courier.js';
import { MessageRouter } from './protocol/message-router.js';
import type { PairingSession } from './protocol/pairing-session.js';
import type { MediaHost, ServerContext } from './protocol/server-context.js';
import type { ServerParts } from './protocol/server-parts.js';
import { realClock, type SimulatorClock } from './lib/clock.js';
import { DeliveredStatuses } from './state/delivered-statuses.js';
import { silentLog, type Log } from './lib/log.js';
import { PairingDesk } from './state/pairing-desk.js';
import { RefusalLog } from './state/refusal-log.js';
import { defaultSettings, type SimulatorSettings } from './state/settings.js';
import { SimulatorEvents } from './state/simulator-events.js';
import { World } from './state/world.js';
import { Breather } from './lib/breather.js';
import { createCertificateChain } from './transport/certificate-chain.js';
import { ClientGate, wirePath } from './protocol/client-gate.js';

const keepAliveMs = 120_000;

export interface SimulatorOptions {
  /** 0 takes a free one. */
  port?: number;
  host?: string;
  /** The same seed makes the same people with the same keys. */
  seed?: number;
  log?: Log;
  /** The real one when left out. Sockets and faults go by real time all the same. */
  clock?: SimulatorClock;
  settings?: Partial<SimulatorSettings>;
}

/** A running simulator. Everything on `controls` is also served over HTTP under `control`. */
export interface Simulator {
  /** Where WhatsApp clients connect. */
  readonly url: string;
  /** The same under TLS, for clients that insist on it; they have to trust `mediaCaFile`. */
  readonly tlsUrl: string;
  readonly control: string;
  /** The root of the Noise certificates, which clients have to trust: 32 bytes in hex. */
  readonly rootKeyHex: string;
  /** The CA of the media server's certificate, in PEM. */
  readonly mediaCaFile: string;
  readonly controls: SimulatorControls;
  /** Closes all sockets and frees the port. */
  stop(): Promise<void>;
}

/** Starts WhatsApp's side of the wire on loopback. Rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', log = silentLog } = options;
  const chain = createCertificateChain(new Date());
  const refusals = new RefusalLog(log);
  const media = await MediaServer.start({
    host,
    onRefusal: (rule, reason) => refusals.record('media host', rule, reason),
  });
  const storyMedia = new StoryMedia(media);
  const parts = createParts(options, media, refusals, log);
  parts.events.on('online', (companion) => {
    if (companion.loginCount === 1) void sendFirstSync(parts, companion);
  });
  const gate = new ClientGate(parts, chain);
  const controls = new SimulatorControls(parts, gate);
  const routes = [...controlRoutes(controls), ...storyMediaRoutes(parts, media, storyMedia)];
  const face = new Face(parts, storyMedia);
  const control = new ControlServer(routes, log);
  const server = createServer((request, response) => {
    if (!face.handle(request, response)) control.listener(request, response);
  });
  // A tester's process that is busy for seconds finds its connection again instead of a reset one.
  server.keepAliveTimeout = keepAliveMs;
  server.on('upgrade', gate.take);
  media.onUpgrade(gate.take);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    await media.stop();
    throw error;
  }
  const { port: boundPort } = server.address() as AddressInfo;
  return {
    url: `ws://${host}:${boundPort}${wirePath}`,
    tlsUrl: `wss://${media.hostname}${wirePath}`,
    control: `http://${host}:${boundPort}`,
    rootKeyHex: chain.rootKey.toString('hex'),
    mediaCaFile: media.caFile,
    controls,
    stop: async () => {
      controls.stop();
      face.stop();
      gate.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      storyMedia.stop();
      await media.stop();
    },
  };
}

function createParts(
  { seed, settings, clock = realClock }: SimulatorOptions,
  media: MediaHost,
  refusals: RefusalLog,
  log: Log,
): ServerParts {
  const breather = new Breather();
  let stanzas = 0;
  const context: ServerContext = {
    world: new World(seed),
    faults: new FaultPlan(),
    refusals,
    settings: { ...defaultSettings, ...settings },
    delivered: new DeliveredStatuses(),
    events: new SimulatorEvents(),
    media,
    log,
    now: () => clock.now(),
    after: (delayMs, work) => clock.after(delayMs, work),
    nextStanzaId: () => `S${Date.now().toString(36)}-${(stanzas++).toString(36)}`,
    breathe: () => breather.breathe(),
  };
  const courier = new ContactCourier(context);
  const router = new MessageRouter(context, courier);
  return { ...context, desk: new PairingDesk<PairingSession>(), courier, router };
}

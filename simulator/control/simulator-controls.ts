import { monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import type { ServerParts } from '../protocol/server-parts.js';
import type { Refusal } from '../state/refusal-log.js';
import { defaultSettings, type SimulatorSettings } from '../state/settings.js';
import { parseWith } from './control-server.js';
import type { ClientGate } from '../protocol/client-gate.js';
import { AccountControls } from './account-controls.js';
import { ChatControls } from './chat-controls.js';
import { DeviceControls } from './device-controls.js';
import { FaultControls } from './fault-controls.js';
import { LinkingControls } from './linking-controls.js';
import { PeopleControls } from './people-controls.js';
import { ReceiptStorm } from './receipt-storm.js';
import { ReplyControls } from './reply-controls.js';
import { StoryControls } from './story-controls.js';
import { TrafficControls } from './traffic-controls.js';
import { ViewSpreader } from './view-spreader.js';

const millisecondsSchema = z
  .number()
  .min(0)
  .max(24 * 60 * 60 * 1000);
const settingsSchema = z
  .strictObject({
    handshakeMs: millisecondsSchema,
    stanzasPerSecond: z.int().min(1),
    firstQrMs: millisecondsSchema,
    nextQrMs: millisecondsSchema,
    qrRefs: z.int().min(1).max(20),
    codeMs: millisecondsSchema,
    pairingAnswerMs: millisecondsSchema,
    deliveryReceiptDelayMs: millisecondsSchema,
    deliveryReceipts: z.boolean(),
    refuseMixedAddressing: z.boolean(),
    refuseOwnDevice: z.boolean(),
    refuseBareDevices: z.boolean(),
    refuseAddressingMode: z.boolean(),
    refusePhoneNumberAddressing: z.boolean(),
    aliasJids: z.enum(['unknown', 'canonical']),
    receiptForm: z.enum(['as_addressed', 'lid', 'pn']),
    receiptShape: z.enum(['single', 'participants']),
    ackPhash: z.enum(['when_uncovered', 'always', 'never']),
    holdQueueBehindErrorAck: z.boolean(),
    offlineEnd: z.boolean(),
    liveOfflineMark: z.string().min(1).max(10).nullable(),
    preKeyLowMark: z.int().min(0).max(812),
    linkCodeError: z.int().min(400).max(599).nullable(),
  } satisfies Record<keyof SimulatorSettings, z.ZodType>)
  .partial();

const pauseResolutionMs = 10;

export interface SimulatorUsage {
  cpuMs: number;
  wallMs: number;
  rssBytes: number;
  longestPauseMs: number;
  people: number;
  accounts: number;
  connections: number;
}

/** Everything that can be done to a simulator, from inside its process or over HTTP. */
export class SimulatorControls {
  readonly linking: LinkingControls;
  readonly people: PeopleControls;
  readonly stories: StoryControls;
  readonly replies: ReplyControls;
  readonly views: ViewSpreader;
  readonly receipts: ReceiptStorm;
  readonly faults: FaultControls;
  readonly traffic: TrafficControls;
  readonly accounts: AccountControls;
  readonly devices: DeviceControls;
  readonly chats: ChatControls;
  private readonly startedAt = performance.now();
  private readonly pauses = monitorEventLoopDelay({ resolution: pauseResolutionMs });

  constructor(
    private readonly context: ServerParts,
    private readonly gate: ClientGate,
  ) {
    this.linking = new LinkingControls(context);
    this.people = new PeopleControls(context);
    this.stories = new StoryControls(context);
    this.replies = new ReplyControls(context, this.stories);
    this.views = new ViewSpreader(context, this.stories);
    this.receipts = new ReceiptStorm(context, this.linking);
    this.faults = new FaultControls(context, this.linking, gate);
    this.traffic = new TrafficControls(context, this.linking);
    this.accounts = new AccountControls(context, this.linking);
    this.devices = new DeviceControls(context);
    this.chats = new ChatControls(context, this.linking);
    this.pauses.enable();
  }

  /** Everything refused, in words; the last thousand. */
  refusals(): { total: number; refusals: Refusal[] } {
    return this.context.refusals.list();
  }

  /** What was taken although no other known client sends it so; the last thousand. */
  warnings(): Refusal[] {
    return this.context.refusals.warnings();
  }

  clearRefusals(): void {
    this.context.refusals.clear();
  }

  settings(): SimulatorSettings {
    return { ...this.context.settings };
  }

  /** Changes rules and times; `{}` changes nothing. Unknown names and wrong types are refused. */
  changeSettings(changes: unknown): SimulatorSettings {
    const parsed = parseWith(settingsSchema, changes);
    for (const [name, value] of Object.entries(parsed)) {
      if (value !== undefined) Object.assign(this.context.settings, { [name]: value });
    }
    return this.settings();
  }

  resetSettings(): void {
    Object.assign(this.context.settings, defaultSettings);
  }

  /** Resolves when all messages have reached their simulated devices and all automatic receipts have left. */
  async drain(): Promise<void> {
    await this.context.courier.drain();
  }

  /**
   * What this process has used since it started, for benchmarks that run it beside something else; and for how long, at
   * most, nothing else could run since this was last asked.
   */
  usage(): SimulatorUsage {
    const { user, system } = process.cpuUsage();
    const longestPauseMs = Math.max(0, Math.round(this.pauses.max / 1e6) - pauseResolutionMs);
    this.pauses.reset();
    return {
      longestPauseMs,
      cpuMs: Math.round((user + system) / 1000),
      wallMs: Math.round(performance.now() - this.startedAt),
      rssBytes: process.memoryUsage.rss(),
      ...this.context.world.size,
      connections: this.gate.connectionCount,
    };
  }

  stop(): void {
    this.pauses.disable();
    this.views.stop();
    this.receipts.stop();
    this.context.courier.stop();
  }
}

import { z } from 'zod';
import { disconnect, type Disconnect } from '../faults/disconnect.js';
import type { Fault } from '../faults/fault-plan.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { ClientGate } from '../protocol/client-gate.js';
import { ControlError, parseWith, type ControlRoute } from './control-server.js';
import type { LinkingControls } from './linking-controls.js';

type Context = Pick<ServerContext, 'faults'>;

const attributesSchema = z.record(z.string(), z.string());
const deviceSchema = z.int().min(1).optional();
const disconnectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('stream-error'), code: z.string().optional() }),
  z.strictObject({ kind: z.literal('restart-required') }),
  z.strictObject({ kind: z.literal('replaced') }),
  z.strictObject({ kind: z.literal('device-removed') }),
  z.strictObject({ kind: z.literal('malformed') }),
  z.strictObject({ kind: z.literal('missing-acks') }),
  z.strictObject({
    kind: z.literal('failure'),
    reason: z.string().optional(),
    attributes: attributesSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('downgrade') }),
  z.strictObject({ kind: z.literal('stream-end') }),
  z.strictObject({ kind: z.literal('close'), code: z.int().min(1000).max(4999).optional() }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('cut-frame') }),
  z.strictObject({ kind: z.literal('garbage') }),
  z.strictObject({ kind: z.literal('silence') }),
]);
const scope = { phoneNumber: z.string().optional(), times: z.int().min(1).optional() };
const codeSchema = z.int().min(100).max(999);
const faultSchema = z.discriminatedUnion('on', [
  z.strictObject({
    ...scope,
    on: z.literal('query'),
    xmlns: z.string(),
    child: z.string().optional(),
    code: codeSchema.optional(),
    text: z.string().optional(),
    delayMs: z.number().min(0).optional(),
    unanswered: z.boolean().optional(),
  }),
  z.strictObject({
    ...scope,
    on: z.literal('usync-user'),
    user: z.string(),
    protocol: z.enum(['devices', 'lid', 'contact', 'status', 'disappearing_mode']).optional(),
    code: codeSchema,
    text: z.string(),
  }),
  z.strictObject({
    ...scope,
    on: z.literal('prekeys'),
    user: z.string(),
    device: z.int().min(0).optional(),
    code: codeSchema,
    text: z.string(),
  }),
  z.strictObject({
    ...scope,
    on: z.literal('message'),
    error: z.string().optional(),
    dropAck: z.boolean().optional(),
    ackDelayMs: z.number().min(0).optional(),
    phash: z.string().optional(),
    refreshLid: z.boolean().optional(),
    onlyStatuses: z.boolean().optional(),
  }),
  z.strictObject({ ...scope, on: z.literal('login'), reason: z.string(), attributes: attributesSchema.optional() }),
]);
const outageSchema = z.strictObject({
  /** HTTP status for every new connection; null ends the outage. */
  upgradeStatus: z.int().min(400).max(599).nullable(),
  /** What happens to connections that exist: a WebSocket close code, or a reset. */
  existing: z.union([z.literal('keep'), z.literal('reset'), z.int().min(1000).max(4999)]).optional(),
});
const wireSchema = z.strictObject({
  device: deviceSchema,
  silent: z.boolean().optional(),
  frameDelayMs: z.number().min(0).max(60_000).optional(),
});

/** What goes wrong on purpose. */
export class FaultControls {
  constructor(
    private readonly context: Context,
    private readonly linking: LinkingControls,
    private readonly gate: ClientGate,
  ) {}

  /** Plans a fault; returns its number. */
  add(fault: Fault): { id: number } {
    return { id: this.context.faults.add(fault) };
  }

  clear(): void {
    this.context.faults.clear();
  }

  /** Ends the account's live connections, or that of one device, in this way. */
  disconnect(phoneNumber: string, how: Disconnect, deviceId?: number): { disconnected: number } {
    const online = this.linking.devices(phoneNumber, deviceId).flatMap(({ link }) => (link ? [link] : []));
    for (const link of online) disconnect(link.wire, how);
    return { disconnected: online.length };
  }

  /** Slows frames down, or makes the connection half-open. */
  disturb(phoneNumber: string, { device, ...faults }: z.output<typeof wireSchema>): { disturbed: number } {
    const online = this.linking.devices(phoneNumber, device).flatMap(({ link }) => (link ? [link] : []));
    for (const { wire } of online) {
      wire.faults.silent = faults.silent ?? wire.faults.silent;
      wire.faults.frameDelayMs = faults.frameDelayMs ?? wire.faults.frameDelayMs;
    }
    return { disturbed: online.length };
  }

  /** The whole server is away, or back again. What it knows survives, as it does on the real service. */
  outage({ upgradeStatus, existing = 'reset' }: z.output<typeof outageSchema>): { connections: number } {
    this.gate.upgradeStatus = upgradeStatus;
    if (upgradeStatus !== null && existing !== 'keep') this.gate.closeAll(existing === 'reset' ? null : existing);
    return { connections: this.gate.connectionCount };
  }

  routes(): ControlRoute[] {
    return [
      { method: 'GET', path: '/admin/faults', handle: () => ({ faults: this.context.faults.list() }) },
      { method: 'POST', path: '/admin/faults', handle: ({ body }) => this.add(parseWith(faultSchema, body)) },
      { method: 'DELETE', path: '/admin/faults', handle: () => this.clear() },
      {
        method: 'DELETE',
        path: '/admin/faults/:id',
        handle: ({ params }) => {
          if (!this.context.faults.withdraw(Number(params['id']))) throw new ControlError(404, 'no such fault');
        },
      },
      {
        method: 'POST',
        path: '/admin/accounts/:phone/disconnect',
        handle: ({ params, body, query }) => {
          const device = query['device'] === undefined ? undefined : Number(query['device']);
          return this.disconnect(params['phone'] ?? '', parseWith(disconnectSchema, body), device);
        },
      },
      {
        method: 'POST',
        path: '/admin/accounts/:phone/wire',
        handle: ({ params, body }) => this.disturb(params['phone'] ?? '', parseWith(wireSchema, body)),
      },
      { method: 'POST', path: '/admin/outage', handle: ({ body }) => this.outage(parseWith(outageSchema, body)) },
    ];
  }
}

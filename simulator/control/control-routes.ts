import { z } from 'zod';
import type { SimulatorControls } from './simulator-controls.js';
import { ControlError, parseWith, type ControlRoute } from './control-server.js';

const phoneNumberSchema = z.string().regex(/^\d{7,15}$/, 'a phone number has 7 to 15 digits');
const statusIdSchema = z.string().min(1).max(128);

const newAccountSchema = z.strictObject({
  phoneNumber: phoneNumberSchema.optional(),
  name: z.string().max(100).optional(),
  lid: z.boolean().optional(),
});
const newContactSchema = z.strictObject({
  phoneNumber: phoneNumberSchema.optional(),
  name: z.string().max(100).optional(),
  devices: z.int().min(0).max(10).optional(),
  lid: z.union([z.boolean(), z.string()]).optional(),
  verifiedName: z.string().max(100).optional(),
  onWhatsApp: z.boolean().optional(),
  readReceipts: z.boolean().optional(),
  watched: z.boolean().optional(),
  oneTimePreKeys: z.int().min(0).optional(),
});
const newContactsSchema = z.union([
  z.strictObject({ contacts: z.array(newContactSchema).min(1).max(50_000) }),
  z.strictObject({
    count: z.int().min(1).max(50_000),
    namePrefix: z.string().max(80).optional(),
    ...newContactSchema.omit({ phoneNumber: true, name: true }).shape,
  }),
]);
const viewSchema = z.strictObject({
  statusId: statusIdSchema.optional(),
  statusIds: z.array(statusIdSchema).min(1).max(1_000).optional(),
  kind: z.enum(['read', 'played']).optional(),
  devices: z.array(z.int().min(0)).optional(),
});
const viewsSchema = z.strictObject({
  count: z.int().min(0).optional(),
  share: z.number().min(0).max(1).optional(),
  overMs: z.number().min(0).optional(),
  curve: z.enum(['burst', 'even', 'natural']).optional(),
  shape: z.enum(['single', 'participants']).optional(),
  kind: z.enum(['read', 'played']).optional(),
});

/** The control interface: what people's hands and a tester's hands can do, over HTTP. */
export function controlRoutes(controls: SimulatorControls): ControlRoute[] {
  const { linking, stories, people } = controls;
  return [
    { method: 'GET', path: '/admin/healthz', handle: () => ({ status: 'ok' }) },
    {
      method: 'POST',
      path: '/admin/mock-phone/scan-qr',
      handle: ({ body, query }) => {
        if (typeof body !== 'string' || body === '') throw new ControlError(400, 'the body is the text of the QR');
        return linking.scanQr(body, query);
      },
    },
    {
      method: 'POST',
      path: '/admin/mock-phone/enter-code',
      handle: ({ body }) => {
        const { phoneNumber, code } = parseWith(
          z.strictObject({ phoneNumber: phoneNumberSchema, code: z.string() }),
          body,
        );
        return linking.enterCode(phoneNumber, code);
      },
    },
    { method: 'GET', path: '/admin/accounts', handle: () => ({ accounts: linking.accounts() }) },
    {
      method: 'POST',
      path: '/admin/accounts',
      handle: ({ body }) => linking.addAccount(parseWith(newAccountSchema, body)),
    },
    { method: 'GET', path: '/admin/accounts/:phone', handle: ({ params }) => linking.account(params['phone'] ?? '') },
    {
      method: 'POST',
      path: '/admin/accounts/:phone/unlink',
      handle: ({ params, body }) => {
        const { device } = parseWith(z.strictObject({ device: z.int().min(1).optional() }), body);
        return linking.unlink(params['phone'] ?? '', device);
      },
    },
    {
      method: 'POST',
      path: '/admin/contacts',
      handle: async ({ body }) => ({ contacts: await people.addCrowd(parseWith(newContactsSchema, body)) }),
    },
    { method: 'GET', path: '/admin/contacts', handle: ({ query }) => people.contacts(query) },
    {
      method: 'GET',
      path: '/admin/contacts/:phone/statuses',
      handle: ({ params }) => ({ statuses: stories.statuses(params['phone'] ?? '') }),
    },
    {
      method: 'POST',
      path: '/admin/contacts/:phone/view',
      handle: ({ params, body }) => {
        const { statusId, statusIds, ...options } = parseWith(viewSchema, body);
        const [first, ...others] = [...(statusId === undefined ? [] : [statusId]), ...(statusIds ?? [])];
        if (first === undefined) throw new ControlError(400, 'name a statusId');
        return stories.view(params['phone'] ?? '', [first, ...others], options);
      },
    },
    {
      method: 'POST',
      path: '/admin/contacts/:phone/like',
      handle: ({ params, body }) => {
        const schema = z.strictObject({ statusId: statusIdSchema, emoji: z.string().max(32).optional() });
        const { statusId, emoji } = parseWith(schema, body);
        return stories.like(params['phone'] ?? '', statusId, emoji);
      },
    },
    {
      method: 'POST',
      path: '/admin/statuses/:id/views',
      handle: ({ params, body }) => controls.views.spread(params['id'] ?? '', parseWith(viewsSchema, body)),
    },
    { method: 'GET', path: '/admin/refusals', handle: () => controls.refusals() },
    { method: 'GET', path: '/admin/warnings', handle: () => ({ warnings: controls.warnings() }) },
    { method: 'DELETE', path: '/admin/refusals', handle: () => controls.clearRefusals() },
    { method: 'GET', path: '/admin/settings', handle: () => controls.settings() },
    { method: 'PATCH', path: '/admin/settings', handle: ({ body }) => controls.changeSettings(body) },
    { method: 'POST', path: '/admin/drain', handle: () => controls.drain() },
    { method: 'GET', path: '/admin/usage', handle: () => controls.usage() },
    ...controls.replies.routes(),
    ...controls.faults.routes(),
    ...controls.traffic.routes(),
    ...controls.receipts.routes(),
    ...controls.accounts.routes(),
    ...controls.devices.routes(),
    ...controls.chats.routes(),
  ];
}

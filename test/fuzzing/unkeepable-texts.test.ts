import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { createMigratedPostgresDatabase } from '../support/postgres-server.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Json, requestDocument } from './json.js';
import { examplesOf, type PlannedBody, type PlannedRequest } from './planned-requests.js';
import { sendWire } from './send-wire.js';
import { changed, placesIn } from './spoilt.js';
import { wireOf } from './wire-request.js';

const document = requestDocument();
const unkeepable = { 'the character U+0000': 'a\u0000b', 'half a character': 'x\ud83d' };
/** Cursors are made by the server, which reads what is in them. */
const cursors = [['a\u0000'], ['a\u0000', 'p'], [1, '\ud800'], [1, 2, 3, '\u0000'], '\u0000'].map((parts) =>
  Buffer.from(JSON.stringify(parts)).toString('base64url'),
);

/** Every request of the document with this text in one place, each place once. */
function requestsWith(text: string): PlannedRequest[] {
  return Object.entries(document.paths).flatMap(([address, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const parameters = operation.parameters ?? [];
      const of = (part: Partial<PlannedRequest>): PlannedRequest => ({
        operation: `${method} ${address}`,
        method: method.toUpperCase(),
        address,
        query: [],
        headers: {},
        body: { kind: 'none' },
        ...part,
        parameters: {
          ...Object.fromEntries(parameters.map(({ name }) => [name, name === 'sessionId' ? 'here' : 'none'])),
          ...part.parameters,
        },
      });
      const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
      const bodies = content ? examplesOf(content).flatMap((example) => withText(example, text)) : [];
      return [
        ...parameters.filter((one) => one.in === 'path').map(({ name }) => of({ parameters: { [name]: text } })),
        ...parameters.filter((one) => one.in === 'query').map(({ name }) => of({ query: [[name, text]] })),
        ...bodies.map((value) => of({ body: bodyOf(type, value) })),
      ];
    }),
  );
}

function withText(example: Json, text: string): Json[] {
  const isText = (value: Json): Json => (typeof value === 'string' ? text : value);
  return placesIn(example)
    .map((place) => changed(example, place, isText))
    .filter((made) => JSON.stringify(made) !== JSON.stringify(example));
}

function bodyOf(type: string | undefined, value: Json): PlannedBody {
  if (type !== 'multipart/form-data') return { kind: 'json', value };
  const fields = Object.entries(value as object).map(([name, part]): [string, string] => [name, String(part)]);
  return { kind: 'form', fields, file: undefined };
}

for (const engine of ['SQLite', 'PostgreSQL']) {
  describe(`a text that no database can hold (${engine})`, function () {
    this.timeout(120_000);
    let server: TestServer;
    const agent = new Agent({ keepAlive: true });
    before(async () => {
      const env = engine === 'SQLite' ? {} : { DATABASE_URL: await createMigratedPostgresDatabase() };
      server = await startTestServer({ env });
      const session = { sessionId: 'here', authMethod: 'qrcode', start: false };
      await server.request.post('/api/sessions').send(session).expect(201);
    });
    after(async () => {
      agent.destroy();
      await server.stop();
    });

    const answerTo = (planned: PlannedRequest) =>
      sendWire(
        server,
        agent,
        wireOf(planned, (text) => text),
      );

    for (const [what, text] of Object.entries(unkeepable)) {
      it(`is refused by every operation that takes one, wherever it stands: ${what}`, async () => {
        const taken: string[] = [];
        for (const planned of requestsWith(text)) {
          const { status, body } = await answerTo(planned);
          if (status !== 400)
            taken.push(`${planned.operation} ${JSON.stringify(planned)}: ${status} ${JSON.stringify(body)}`);
        }
        assert.deepEqual(taken, []);
      });
    }

    it('is no fault of ours in a cursor that somebody wrote by hand', async () => {
      const withCursor = requestsWith('x').filter(({ query }) => query[0]?.[0] === 'cursor');
      for (const planned of withCursor) {
        for (const cursor of cursors) {
          const { status } = await answerTo({ ...planned, query: [['cursor', cursor]] });
          assert.ok(status < 500, `${planned.operation} ${cursor}: ${status}`);
        }
      }
    });
  });
}

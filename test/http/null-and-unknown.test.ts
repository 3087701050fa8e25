import assert from 'node:assert/strict';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { sampleRoutes } from './sample-routes.js';

interface Refusal {
  error: string;
  details: { fields: Record<string, string> };
}

describe('what a request leaves empty, and what it misspells', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ replace: { extraRoutes: sampleRoutes().routes } });
  });
  after(() => server.stop());

  const understood = async (shape: object): Promise<unknown> =>
    (await server.request.put('/api/shape').send(shape).expect(200)).body.data.understood;
  const refused = async (shape: object | string): Promise<Refusal> => {
    const put = server.request.put('/api/shape').set('content-type', 'application/json');
    return (await put.send(typeof shape === 'string' ? shape : JSON.stringify(shape)).expect(400)).body as Refusal;
  };

  it('null means absent, at every depth', async () => {
    assert.deepEqual(await understood({ type: 'circle', radius: null, at: null, marks: null }), { type: 'circle' });
    const marks = [{ name: 'a', note: null }];
    assert.deepEqual(await understood({ type: 'circle', marks }), { type: 'circle', marks: [{ name: 'a' }] });
    assert.deepEqual(await understood({ type: 'square', side: null }), { type: 'square', side: 1 });
  });

  it('null stays where it has a meaning of its own', async () => {
    const shape = { type: 'circle', label: null, extra: { a: null, b: [null] } };
    assert.deepEqual(await understood(shape), shape);
  });

  it('an empty field of another kind is nothing, as a form sends it', async () => {
    assert.deepEqual(await understood({ type: 'circle', caption: '', numbers: [], side: null }), { type: 'circle' });
  });

  it('a required field that is null is missing', async () => {
    assert.match((await refused({ type: 'picture', caption: null })).error, /^caption: This is missing\./);
  });

  it('says which kinds have a field that this one has not', async () => {
    const { error } = await refused({ type: 'circle', caption: 'x' });
    assert.match(error, /^caption: A type "circle" has no such field; square and picture have it\. Leave it out\.$/);
  });

  it('names what was meant, or what there is', async () => {
    assert.match((await refused({ type: 'circle', raduis: 2 })).error, /^raduis: .*Did you mean "radius"\?$/);
    const far = await refused({ type: 'circle', marks: [{ name: 'a', colour: 'red' }] });
    assert.match(far.error, /^colour in the 1st of marks: There is no such field\. There are name, note\.$/);
    assert.match(
      (await refused({ type: 'cube' })).error,
      /^type: This must be one of "circle", "square" or "picture"\./,
    );
  });

  it('says what a name that people chose must be like, however long it is', async () => {
    const { id } = (await server.request.post('/api/audiences').send({ name: 'Regulars' }).expect(201)).body.data as {
      id: string;
    };
    for (const name of ['last order!', 'x'.repeat(3_000), '👩‍👩‍👧‍👦'.repeat(300)]) {
      const members = [{ phoneNumber: '919812345678', fields: { city: 'Berlin', [name]: '2' } }];
      const answer = await server.request.post(`/api/audiences/${id}/members`).send({ members }).expect(400);
      const { error, details } = answer.body as Refusal;
      assert.match(
        error,
        /^".{4,}" in fields in the 1st of members: This name cannot be used\. Give 1 to 40 letters, digits, hyphens/,
      );
      assert.ok(error.length < 1_000 && JSON.stringify(details).length < 1_000, String(error.length));
    }
    const metadata = { customer: '4711', ['y'.repeat(900)]: 1 };
    const session = await server.request.post('/api/sessions').send({ sessionName: 'A', metadata }).expect(400);
    assert.match(
      (session.body as Refusal).error,
      /^"y{60}…" in metadata: This name cannot be used\. .*at most 64 characters.*\.$/,
    );
  });

  it('says for people where a value stands, and by its path for programs', async () => {
    const cases: [object, string, string][] = [
      [{ type: 'picture', caption: 'x', numbers: ['a', 5] }, 'The 2nd of numbers: This must be text.', 'numbers.1'],
      [
        { type: 'circle', marks: [{ name: 'a' }, { name: 'b' }, {}] },
        'name in the 3rd of marks: This is missing.',
        'marks.2.name',
      ],
      [
        { type: 'circle', extra: { tags: ['a\u0000'] } },
        'The 1st of tags in extra: "a<U+0000>" has the character U+0000 in it',
        'extra.tags.0',
      ],
    ];
    for (const [shape, sentence, path] of cases) {
      const { error, details } = await refused(shape);
      assert.ok(error.startsWith(sentence), error);
      assert.deepEqual(Object.keys(details.fields), [path]);
    }
  });

  it('names a field that is called like a part of every object', async () => {
    for (const name of ['constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      const { error, details } = await refused(`{"type":"circle","${name}":1}`);
      assert.match(error, new RegExp(`^${name}: There is no such field`), name);
      assert.deepEqual(Object.keys(details.fields), [name]);
    }
  });

  it('keeps what people named like a part of every object, or refuses it, and changes no other object', async () => {
    const post = (path: string, text: string) =>
      server.request.post(path).set('content-type', 'application/json').send(text);
    const proto = '"__proto__":{"seen":"everywhere"}';
    const cases = [
      ['sessions', `{"sessionName":"A","metadata":{${proto}}}`, '__proto__ in metadata', 'metadata.__proto__'],
      [
        'sessions',
        `{"sessionName":"A","metadata":{"a":[{${proto}}]}}`,
        '__proto__ in the 1st of a in metadata',
        'metadata.a.0.__proto__',
      ],
      ['audiences', `{"name":"A",${proto}}`, '__proto__', '__proto__'],
      [
        'templates',
        `{"name":"T","status":{"type":"text","content":"{{__proto__}}","variables":{"__proto__":"x"}}}`,
        '__proto__ in variables in status',
        'status.variables.__proto__',
      ],
    ] as const;
    for (const [path, text, place, name] of cases) {
      const { error, details } = (await post(`/api/${path}`, text).expect(400)).body as Refusal;
      assert.ok(error.startsWith(`${place}: Nothing can have this name`), error);
      assert.deepEqual(Object.keys(details.fields), [name]);
    }
    const names = '{"constructor":{"prototype":{"seen":1}},"prototype":"p","toString":"t"}';
    const { sessionId } = (
      await post('/api/sessions', `{"sessionName":"A","authMethod":"qrcode","start":false,"metadata":${names}}`).expect(
        201,
      )
    ).body.data;
    const session = await server.request.get(`/api/sessions/${String(sessionId)}`).expect(200);
    assert.equal(JSON.stringify(session.body.data.metadata), names);
    const { id } = (await post('/api/audiences', '{"name":"Names"}').expect(201)).body.data;
    const fields = '{"constructor":"c","prototype":"p"}';
    await post(
      `/api/audiences/${String(id)}/members`,
      `{"members":[{"phoneNumber":"919812345678","fields":${fields}}]}`,
    );
    const members = await server.request.get(`/api/audiences/${String(id)}/members`).expect(200);
    assert.equal(JSON.stringify(members.body.data[0].fields), fields);
    assert.equal(Reflect.get({}, 'seen'), undefined);
  });

  it('repeats the value that does not fit, unless it is long', async () => {
    assert.match((await refused({ type: 'circle', radius: 0.5 })).error, /at least 1\. Given was 0\.5\.$/);
    assert.match((await refused({ type: 'circle', at: 'noon' })).error, /such as 2026-.* Given was "noon"\.$/);
    const long = 'x'.repeat(5_000);
    assert.ok((await refused({ type: 'circle', at: long })).error.length < 200);
  });

  it('refuses an unknown query parameter by name, also where none is taken', async () => {
    const misspelt = (await server.request.get('/api/things?limt=5').expect(400)).body as Refusal;
    assert.match(misspelt.error, /^limt: There is no such query parameter\. Did you mean "limit"\?$/);
    const none = (await server.request.get('/api/for-root?verbose=1').expect(400)).body as Refusal;
    assert.match(none.error, /^verbose: There is no such query parameter; none is taken here\./);
    await server.request.post('/api/things?dryRun=1').send({ name: 'a' }).expect(400);
    assert.equal((await server.request.get('/api/things')).body.meta.total, 0);
  });

  it('says where JSON is broken', async () => {
    assert.match((await refused('{"type": "circle",}')).error, /not valid JSON; look at character 19\./);
  });
});

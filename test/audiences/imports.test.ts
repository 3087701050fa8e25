import assert from 'node:assert/strict';
import type { ImportPreview, ImportReport } from '../../server/contract/audience-imports.js';
import type { Success } from '../../server/contract/envelope.js';
import type { AudienceList, Member, Tag } from '../../server/contract/audiences.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi } from '../support/link-account.js';

const rows = 50_000;

describe('people from files', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const newList = async (name: string) => {
    const options = { body: { name }, expected: 201 };
    return (await callApi<Success<AudienceList>>(server, 'POST', '/audiences', options)).data;
  };

  const file = [
    'Customer;Mobile;City;Last order;Notes;Tags',
    'Asha Rao;+91 98123 45678;Pune;12 May;;vip',
    `Ravi;+91 98123 45679;Pune;;${'x'.repeat(301)};vip|${'y'.repeat(51)}`,
    'Nobody;12;Goa;;;',
    'Asha again;+91 98123 45678;;13 May;;berlin',
    'Nia;+44 7911 123456;London;;"late; and',
    'loud";',
  ].join('\r\n');
  const membersOf = async (id: string) =>
    (await callApi<Success<Member[]>>(server, 'GET', `/audiences/${id}/members`)).data.map(
      ({ addedAt: _at, ...member }) => member,
    );
  const preview = async (id: string, csv: string, query = '') => {
    const address = `/audiences/${id}/import-preview${query}`;
    return (await callApi<Success<ImportPreview>>(server, 'POST', address, { body: { csv } })).data;
  };

  it('are shown before anything is changed: columns, people, repeats, and what is wrong with each cell', async () => {
    const { id } = await newList('Previewed');
    await callApi(server, 'POST', `/audiences/${id}/members`, { body: { members: [{ phoneNumber: '447911123456' }] } });
    const before = await membersOf(id);
    const found = await preview(id, file);
    assert.deepEqual(
      found.columns.map(({ heading, use, field }) => [heading, field ?? use]),
      [
        ['Customer', 'name'],
        ['Mobile', 'number'],
        ['City', 'city'],
        ['Last order', 'last_order'],
        ['Notes', 'notes'],
        ['Tags', 'tags'],
      ],
    );
    assert.equal(found.columnsAsQuery, 'name,number,field:city,field:last_order,field:notes,tags');
    assert.deepEqual(found.columns[2]?.samples, ['Pune', 'Pune', 'Goa']);
    assert.deepEqual([found.separator, found.hasHeadings, found.rowCount], [';', true, 5]);
    assert.deepEqual([found.peopleCount, found.newCount, found.duplicateCount], [3, 2, 1]);
    assert.deepEqual(found.duplicates, [{ line: 5, firstLine: 2, phoneNumber: '919812345678' }]);
    assert.deepEqual([found.badCount, found.badCellCount], [1, 2]);
    assert.deepEqual(
      found.bad.map(({ line, column, heading, leftOut }) => [line, column, heading, leftOut]),
      [
        [3, 6, 'Tags', 'cell'],
        [3, 5, 'Notes', 'cell'],
        [4, 2, 'Mobile', 'person'],
      ],
    );
    assert.deepEqual([found.bad[2]?.value, found.bad[0]?.value], ['12', 'y'.repeat(51)]);
    assert.match(found.bad[1]?.reason ?? '', /at most 300 characters; "notes" has 301/);
    assert.match(found.bad[2]?.reason ?? '', /"12"/);
    assert.deepEqual(found.people[0], {
      phoneNumber: '919812345678',
      name: 'Asha again',
      tags: ['vip', 'berlin'],
      fields: { city: 'Pune', last_order: '13 May' },
    });
    assert.deepEqual(await membersOf(id), before);
    const tags = await callApi<Success<Tag[]>>(server, 'GET', '/tags');
    assert.ok(!tags.data.some(({ tag }) => tag === 'vip'));
  });

  it('are imported with the columns that were chosen, and what they say of people is joined', async () => {
    const { id } = await newList('Chosen');
    const choice = '?columns=name,number,skip,field:ordered';
    const chosen = await preview(id, file, choice);
    assert.deepEqual(chosen.people[0]?.fields, { ordered: '13 May' });
    const path = `/audiences/${id}/import`;
    const { data } = await callApi<Success<ImportReport>>(server, 'POST', `${path}${choice}`, { body: { csv: file } });
    assert.deepEqual([data.added, data.alreadyThere, data.badCount, data.badCellCount], [3, 1, 1, 0]);
    const csv = '+91 98123 45678,Asha,Mumbai\n+91 98123 45670,No,Heading';
    await callApi(server, 'POST', `${path}?columns=number,name,field&hasHeadings=false`, { body: { csv } });
    const members = await membersOf(id);
    assert.deepEqual(
      members.find(({ phoneNumber }) => phoneNumber === '919812345678'),
      { phoneNumber: '919812345678', name: 'Asha', tags: [], fields: { ordered: '13 May', column_3: 'Mumbai' } },
    );
    assert.equal(members.length, 4);
    const exported = await server.request.get(`/api/audiences/${id}/export`).expect(200);
    assert.match(exported.text, /^"phoneNumber","name","tags","ordered"|^"phoneNumber","name","tags","column_3"/);
    const again = await newList('Again');
    await callApi(server, 'POST', `/audiences/${again.id}/import`, { body: { csv: exported.text } });
    assert.deepEqual(await membersOf(again.id), members);
  });

  it('a choice that does not fit the file is refused in words, and so are too many fields', async () => {
    const { id } = await newList('Refused');
    const refused = async (query: string, csv = file): Promise<string> => {
      const options = { body: { csv }, expected: 400 };
      for (const path of ['import-preview', 'import']) {
        const answer = await callApi<{ error: string }>(server, 'POST', `/audiences/${id}/${path}?${query}`, options);
        if (path === 'import') return answer.error;
      }
      return '';
    };
    assert.match(await refused('columns=name,skip'), /None of them is used as "number"/);
    assert.match(await refused('columns=number,phone'), /"phone" is no use of a column/);
    assert.match(await refused('columns=number,field:a%20b'), /"field:a b" is no use/);
    assert.match(await refused(`columns=number${',skip'.repeat(6)}`), /7 columns are named, and the file has 6/);
    assert.match(await refused('columns=number&hasHeadings=perhaps'), /hasHeadings/);
    const wide = `1${',x'.repeat(30)}`;
    assert.match(await refused(`columns=number${',field'.repeat(21)}`, wide), /at most 20 fields; 21 are named/);
    const add = async (from: number, expected: number) => {
      const fields = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`f${String(from + index)}`, 'x']));
      const body = { members: [{ phoneNumber: '919812345678', fields }] };
      return callApi<{ error?: string }>(server, 'POST', `/audiences/${id}/members`, { body, expected });
    };
    await add(0, 200);
    assert.match((await add(10, 400)).error ?? '', /919812345678 would have 25/);
    assert.equal(Object.keys((await membersOf(id))[0]?.fields ?? {}).length, 15);
  });

  it('come as the file itself or in a form, in whatever letters spreadsheets save them', async () => {
    const text = 'Prénom;Mobile;Ville\r\nZoé;+33 6 12 34 56 78;Orléans\r\nŠárka;+420 601 123 456;Plzeň\r\n';
    const western = 'Prénom;Mobile;Ville\r\nZoé;+33 6 12 34 56 78;Orléans\r\n€uro;+49 151 23456789;Köln\r\n';
    const latin = (euro: string) => Buffer.from(western.replaceAll('€', euro), 'latin1');
    const bodies: [string, Buffer, string, string][] = [
      ['UTF-8', Buffer.from(text), 'text/csv', 'Šárka'],
      ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`), 'text/csv', 'Šárka'],
      [
        'UTF-16, as Excel saves Unicode text',
        Buffer.from(`\ufeff${text.replaceAll(';', '\t')}`, 'utf16le'),
        'text/plain',
        'Šárka',
      ],
      ['UTF-16 the other way round', Buffer.from(`\ufeffsep=;\n${text}`, 'utf16le').swap16(), 'text/csv', 'Šárka'],
      ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), 'text/csv', 'Šárka'],
      ['Windows of the West', latin('\x80'), 'text/csv', '€uro'],
      ['what the type says', latin('\xa4'), 'text/csv; charset=iso-8859-15', '€uro'],
    ];
    for (const [name, bytes, type, second] of bodies) {
      const { id } = await newList(name);
      const address = `/api/audiences/${id}/import`;
      const sent = await server.request.post(address).set('content-type', type).send(bytes);
      assert.equal(sent.status, 200, sent.text);
      const members = await membersOf(id);
      assert.equal(members[0]?.name, 'Zoé', name);
      assert.ok(members[1]?.name?.endsWith(second), `${name}: ${String(members[1]?.name)}`);
      assert.deepEqual(members[0].fields, { ville: 'Orléans' });
      if (type.includes('charset')) continue;
      const form = await server.request.post(`${address}-preview?columns=skip,number`).attach('file', bytes, 'a.csv');
      const { data } = form.body as Success<ImportPreview>;
      assert.deepEqual([form.status, data.peopleCount, data.newCount, data.people[0]?.name], [200, 2, 0, null], name);
    }
    const { id } = await newList('Forms that are none');
    const form = () => server.request.post(`/api/audiences/${id}/import`);
    assert.match((await form().attach('csv', Buffer.from(text), 'a.csv').expect(400)).text, /field \\"file\\"/);
    assert.match((await form().field('file', text).expect(400)).text, /field \\"file\\"/);
    await form().attach('file', Buffer.from(text), 'a').attach('file', Buffer.from(text), 'b').expect(400);
    const workbook = Buffer.from('PK\x03\x04\x14\x00\x06\x00');
    assert.match(
      (await form().attach('file', workbook, 'a.csv').expect(415)).text,
      /workbook \(\.xlsx.*Save it as CSV/,
    );
    await form()
      .set('content-type', 'text/csv')
      .send(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1]))
      .expect(415);
    const odd = await form().set('content-type', 'application/xml').send('<a/>').expect(415);
    assert.match(odd.text, /text\/csv.*field \\"file\\"/);
    await form().set('content-type', 'text/csv').send('phone\n\u0000').expect(400);
    assert.deepEqual(await membersOf(id), []);
  });

  it('50,000 rows are imported in one request, and the server answers others meanwhile', async () => {
    const { id } = await newList('Everybody');
    const line = (index: number) => `+49 151 ${String(10_000_000 + index)},Customer number ${String(index)},vip;berlin`;
    const lines = Array.from({ length: rows }, (_, index) => line(index));
    // Lines are not people: who is named twice is on the list once.
    const csv = ['phone,name,tags', ...lines, line(0)].join('\n');
    assert.ok(csv.length > 2_000_000);
    let isDone = false;
    const importing = callApi<Success<ImportReport>>(server, 'POST', `/audiences/${id}/import`, { body: { csv } });
    void importing.finally(() => (isDone = true));
    let answered = 0;
    while (!isDone) {
      await callApi(server, 'GET', '/sessions');
      answered += 1;
    }
    const { data } = await importing;
    assert.deepEqual([data.added, data.badCount, data.memberCount], [rows, 0, rows]);
    assert.ok(answered > 1, String(answered));
    for (const route of ['import', 'import-preview']) {
      const options = { body: { csv: line(rows) }, expected: 400 };
      const { error } = await callApi<{ error: string }>(server, 'POST', `/audiences/${id}/${route}`, options);
      assert.match(error, /at most 50000 people, and this one would have 50001\./, route);
    }
  });

  it('more than a list may have, or a file that is too large, is refused in words', async () => {
    const { id } = await newList('Too many');
    const numbers = Array.from({ length: rows + 1 }, (_, index) => `49151${String(10_000_000 + index)}`);
    const path = `/audiences/${id}/import`;
    const many = await callApi<{ error: string }>(server, 'POST', path, {
      body: { csv: numbers.join('\n') },
      expected: 400,
    });
    assert.match(many.error, /at most 50000 people, and this one would have 50001\./);
    const shown = await callApi<{ error: string }>(server, 'POST', `${path}-preview`, {
      body: { csv: numbers.join('\n') },
      expected: 400,
    });
    assert.equal(shown.error, many.error, 'the preview says what the import would');
    await callApi(server, 'POST', path, { body: { csv: 'x'.repeat(8 * 1024 * 1024) }, expected: 413 });
    const large = Buffer.alloc(8 * 1024 * 1024 + 1, 'x');
    await server.request.post(`/api${path}-preview`).set('content-type', 'text/csv').send(large).expect(413);
    await server.request.post(`/api${path}`).attach('file', large, 'large.csv').expect(413);
    await callApi(server, 'POST', '/audiences', { body: { name: 'x'.repeat(1024 * 1024) }, expected: 413 });
    for (const charset of ['klingon', 'utf-7', 'windows-9999']) {
      const type = `text/csv; charset=${charset}`;
      const refused = await server.request.post(`/api${path}-preview`).set('content-type', type).send('+4915112345678');
      assert.equal(refused.status, 415);
      assert.match(refused.body.error, new RegExp(`^There is no charset "${charset}"\\. Name the one`));
    }
  });
});

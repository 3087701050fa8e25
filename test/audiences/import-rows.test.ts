import assert from 'node:assert/strict';
import { importPreview } from '../../server/audiences/import-preview.js';
import { readCsvMembers } from '../../server/audiences/read-csv.js';
import { readCsvRecords } from '../../server/audiences/csv-records.js';

const phone = (index: number): string => `+49 151 ${String(23_456_000 + index)}`;
const digits = (index: number): string => phone(index).replace(/\D/g, '');

describe('the rows of a file', () => {
  it('keep names, tags and fields up to their limits, and tell what is beyond', async () => {
    const tags = Array.from({ length: 21 }, (_, index) => `t${String(index)}`);
    const { members, bad, badCount, badCellCount } = await readCsvMembers(
      [
        'Phone;Name;Tags;Notes',
        `${phone(1)};${'n'.repeat(200)};${tags.slice(0, 20).join(',')},t0;${'x'.repeat(300)}`,
        `${phone(2)};${'n'.repeat(201)};${tags.join(',')},t3;${'x'.repeat(301)}`,
        `${phone(3)};'=1+1;'-a;'@b`,
      ].join('\n'),
    );
    assert.deepEqual(
      members.map(({ phoneNumber, name, tags: had, fields }) => [
        ...[phoneNumber, name?.length, had.length, fields['notes']?.length],
      ]),
      [
        [digits(1), 200, 20, 300],
        [digits(2), undefined, 20, undefined],
        [digits(3), 4, 1, 2],
      ],
    );
    assert.deepEqual(members[2], {
      phoneNumber: digits(3),
      name: '=1+1',
      tags: ['-a'],
      fields: { notes: '@b' },
    });
    assert.deepEqual([badCount, badCellCount], [0, 3]);
    assert.deepEqual(
      bad.map(({ line, heading, value }) => [line, heading, value.length]),
      [
        [3, 'Name', 100],
        [3, 'Tags', 3],
        [3, 'Notes', 100],
      ],
    );
  });

  it('are all counted, and the first hundred that are wrong told one by one', async () => {
    const wrong = Array.from({ length: 120 }, (_, index) => `12,Nobody ${String(index)}`);
    const file = await readCsvMembers(['Phone,Name', `${phone(1)},A`, ...wrong].join('\n'));
    assert.deepEqual([file.badCount, file.bad.length, file.bad[0]?.line, file.rowCount], [120, 100, 3, 121]);
  });

  it('that repeat a person are told with the line where each was named first', async () => {
    const repeats = Array.from({ length: 120 }, () => `${phone(1)},Again`);
    const file = await readCsvMembers([`Phone,Name`, `${phone(2)},B`, `${phone(1)},A`, ...repeats].join('\n'));
    const unique = file.members.slice(0, 2);
    const { duplicates, duplicateCount, peopleCount } = await importPreview(file, unique, 2);
    assert.deepEqual([duplicates.length, duplicateCount, peopleCount], [100, 120, 2]);
    assert.deepEqual(duplicates[99], { line: 103, firstLine: 3, phoneNumber: digits(1) });
  });

  it('are shown by ten people and three examples of each column, without the headings', async () => {
    const rows = Array.from({ length: 12 }, (_, index) => `${phone(index)},Name ${String(index)},`);
    const file = await readCsvMembers(['Phone,Name,Notes', ...rows].join('\n'));
    const preview = await importPreview(file, file.members, 12);
    assert.equal(preview.people.length, 10);
    assert.deepEqual(
      preview.columns.map(({ use, samples }) => [use, samples]),
      [
        ['number', [phone(0), phone(1), phone(2)]],
        ['name', ['Name 0', 'Name 1', 'Name 2']],
        ['skip', []],
      ],
    );
  });

  it('have the number of the line on which they begin, whatever came before', async () => {
    const read = async (text: string) => (await readCsvRecords(text)).records.map(({ line }) => line);
    assert.deepEqual(await read('a;b\n"x\ny";1\nc;d'), [1, 2, 4]);
    assert.deepEqual(await read('"sep=;"\r\na;b\r\n\r\nc;d'), [2, 4]);
    assert.deepEqual(await read('\ufeffa,b\r\nc,d'), [1, 2]);
    assert.equal((await readCsvRecords('\ufeffa,b')).records[0]?.cells[0], 'a');
  });

  it('are cut into pieces between a CR and its LF nowhere', async () => {
    // The break stands where one piece of the text ends and the next begins.
    const lines = Array.from({ length: 270 }, () => `a,${'x'.repeat(1_996)}`);
    const text = `a,${'x'.repeat(60)}\r\n${lines.join('\r\n')}`;
    const broken = text.indexOf('\r\n', 524_288 - 2_100);
    const padded = `${'y'.repeat(524_287 - broken)}${text}`;
    assert.equal(padded.slice(524_287, 524_289), '\r\n');
    const { records } = await readCsvRecords(padded);
    assert.deepEqual([records.length, records.at(-1)?.line], [lines.length + 1, lines.length + 1]);
  });

  it('may be as long as two hundred full cells, and have as many', async () => {
    const cells = [phone(1), ...Array.from({ length: 199 }, (_, index) => `f${String(index)}`)];
    const { members, columns } = await readCsvMembers(`${cells.join(',')}\n${cells.join(',')}`);
    assert.deepEqual([members.length, columns.width], [2, 200]);
    const line = `${'x'.repeat(100_000)},${'y'.repeat(99_999)}`;
    assert.equal((await readCsvRecords(line)).records[0]?.cells[1]?.length, 99_999);
  });

  it('give at most twenty fields by themselves, and none of columns without a value', async () => {
    const names = Array.from({ length: 22 }, (_, index) => `Field ${String(index)}`);
    const values = names.map((_, index) => (index === 0 ? '' : String(index)));
    const { members, columns } = await readCsvMembers(`Phone,${names.join(',')}\n${phone(1)},${values.join(',')}`);
    assert.equal(columns.fields.length, 20);
    assert.deepEqual(
      Object.keys(members[0]?.fields ?? {}),
      names.slice(1, 21).map((name) => name.replace('F', 'f').replace(' ', '_')),
    );
  });

  it('give fields of one name their own each, and as many as are chosen', async () => {
    const csv = `Phone,Plan,Plan,Plan\n${phone(1)},a,b,c`;
    const { members } = await readCsvMembers(csv);
    assert.deepEqual(members[0]?.fields, { plan: 'a', plan_2: 'b', plan_3: 'c' });
    const chosen = await readCsvMembers(csv, { columns: ['number', 'field', 'field:plan', 'skip'] });
    assert.deepEqual(chosen.members[0]?.fields, { plan: 'a', plan_2: 'b' });
  });

  it('of several numbers that were chosen begin with the mobile one', async () => {
    const csv = `Phone,Mobile\n+1 212 555 0101,+1 212 555 0102`;
    const { members } = await readCsvMembers(csv, { columns: ['number', 'number'] });
    assert.equal(members[0]?.phoneNumber, '12125550102');
    const headings = await readCsvMembers(`${phone(1)},A\n${phone(2)},B`, { hasHeadings: true });
    assert.deepEqual(
      headings.members.map(({ phoneNumber }) => phoneNumber),
      [digits(2)],
    );
  });

  it('lose nobody above whom titles stand, nor numbers that look like titles', async () => {
    const titles = (count: number) => Array.from({ length: count }, () => 'A title,');
    const body = ['Name,Phone', `Tom,${phone(1)}`];
    const read = async (lines: string[]) =>
      (await readCsvMembers(lines.join('\n'))).members.map((one) => one.phoneNumber);
    assert.deepEqual(await read([...titles(10), ...body]), [digits(1)]);
    assert.deepEqual(await read([`${phone(2)},`, `${phone(3)},Ann`]), [digits(2), digits(3)]);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { withRightQuotes } from '../../server/audiences/csv-quotes.js';
import { readCsvRecords } from '../../server/audiences/csv-records.js';
import { readCsvMembers } from '../../server/audiences/read-csv.js';

/** Numbers with name and tags, `-` for those that were left out, with their line. */
async function read(...lines: string[]): Promise<string[]> {
  const { members, bad } = await readCsvMembers(lines.join('\r\n'));
  return [
    ...members.map(({ phoneNumber, name = '', tags }) => [phoneNumber, name, ...tags].join('|').replace(/\|$/, '')),
    ...bad.map(({ line }) => `- ${String(line)}`),
  ];
}

const exports: Record<string, { lines: string[]; expected: string[] }> = {
  'Google Contacts': {
    lines: [
      'First Name,Middle Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value',
      'Meera,,Rao,* myContacts ::: vip,* Home,meera@example.com,Mobile,+91 98123 45678 ::: +91 98123 45670,Work,+91 22 2345 6789',
      'Ravi,K,Shah,* myContacts,,,,,Mobile,+91 98123 45679',
      'Nobody,,,* myContacts,* Home,nobody@example.com,,,,',
    ],
    expected: ['919812345678|Meera Rao|myContacts|vip', '919812345679|Ravi K Shah|myContacts', '- 4'],
  },
  'Google Contacts, as it was': {
    lines: [
      'Name,Given Name,Family Name,Group Membership,Phone 1 - Type,Phone 1 - Value',
      'Meera Rao,Meera,Rao,* myContacts,Mobile,+919812345678',
    ],
    expected: ['919812345678|Meera Rao|myContacts'],
  },
  Outlook: {
    lines: [
      '"First Name","Middle Name","Last Name","Company","Business Fax","Business Phone","Home Phone","Mobile Phone","Categories"',
      '"Nia","","Jones","ACME, Ltd","+44 20 7946 0999","","","+44 (0)7911 123456","Friends;Press"',
    ],
    expected: ['447911123456|Nia Jones|Friends|Press'],
  },
  HubSpot: {
    lines: [
      '"Record ID","First Name","Last Name","Email","Phone Number","Lead Status","Create Date"',
      '"50112233445","Tom","Kaya","t@example.com","+49 151 23456789","New","2026-01-28 10:00"',
    ],
    expected: ['4915123456789|Tom Kaya'],
  },
  'a table made of iCloud cards': {
    lines: ['name\tmobile\torganization', 'Ana Lima\t\u202d+55 11 96123-4567\u202c\tPadaria'],
    expected: ['5511961234567|Ana Lima'],
  },
  'Excel in German': {
    lines: ['sep=;', 'Vorname;Nachname;Handynummer;Gruppe', '"Müller; Dr.";Jörg;+49 (0) 151 23456789;vip'],
    expected: ['4915123456789|Müller; Dr. Jörg|vip'],
  },
  'Excel in French': {
    lines: ['Prénom;Nom;Téléphone portable;Étiquettes', 'Zoé;Durand;+33 6 12 34 56 78;"ami, paris"'],
    expected: ['33612345678|Zoé Durand|ami|paris'],
  },
  'Excel in Spanish': {
    lines: ['Nombre;Móvil;Etiquetas', 'José Pérez;+34 612 34 56 78;vip'],
    expected: ['34612345678|José Pérez|vip'],
  },
  'Excel in Portuguese': {
    lines: ['Nome;Telemóvel;Grupo', 'Inês;+351 912 345 678;cliente'],
    expected: ['351912345678|Inês|cliente'],
  },
  'Excel in Italian': {
    lines: ['Nome;Cellulare;Etichette', 'Luca;+39 312 345 6789;roma'],
    expected: ['393123456789|Luca|roma'],
  },
  'Excel in English': {
    lines: ['Customer,Mobile Number,Tags', 'Meera,919812345678.0,vip'],
    expected: ['919812345678|Meera|vip'],
  },
  'Outlook in Dutch': {
    lines: [
      '"Voornaam","Achternaam","Fax op werk","Telefoon op werk","Mobiele telefoon","Categorieën"',
      '"Jan","de Vries","+31 20 1234567","+31 20 1234568","+31 6 12345678","Vrienden"',
    ],
    expected: ['31612345678|Jan de Vries|Vrienden'],
  },
  'Google Contacts in Polish': {
    lines: [
      'Imię i nazwisko,Imię,Nazwisko,Telefon 1 – etykieta,Telefon 1 – wartość,Telefon 2 – wartość,Etykiety',
      'Łukasz Wałęsa,Łukasz,Wałęsa,Praca,+48 22 123 45 67,+48 501 234 567,* myContacts ::: vip',
    ],
    expected: ['48501234567|Łukasz Wałęsa|myContacts|vip'],
  },
  'Google Contacts in Spanish': {
    lines: ['Nombre,Segundo nombre,Apellidos,Teléfono 1 - Valor', 'José,,Pérez,+34 612 34 56 78'],
    expected: ['34612345678|José Pérez'],
  },
  'HubSpot in Japanese': {
    lines: [
      'レコードID,名,姓,電話番号,携帯電話番号',
      '50112233445,太郎,山田,+81 3-1234-5678,＋８１９０１２３４５６７８',
    ],
    expected: ['819012345678|山田 太郎'],
  },
  'Excel in Turkish': {
    lines: ['AD;SOYADI;CEP TELEFONU;GRUP', 'Ayşe;Yılmaz;+90 532 123 45 67;müşteri'],
    expected: ['905321234567|Ayşe Yılmaz|müşteri'],
  },
  'Outlook in Korean': {
    lines: ['이름,회사 팩스,휴대폰,그룹', '김철수,+82 2-1234-5678,+82 10-1234-5678,친구'],
    expected: ['821012345678|김철수|친구'],
  },
  'Excel in a language whose headings nobody here reads': {
    lines: ['పేరు,ఫోన్,గమనిక', 'మీరా,+91 98123 45678,x'],
    expected: ['919812345678'],
  },
};

describe('members from a file', () => {
  for (const [program, { lines, expected }] of Object.entries(exports)) {
    it(`as ${program} exports it`, async () => {
      assert.deepEqual(await read(...lines), expected);
    });
  }

  it('without headings: number, name and tags where they are', async () => {
    assert.deepEqual(await read('919812345678;"Rao, Meera";vip', '919812345679;Ravi;vip'), [
      '919812345678|Rao, Meera|vip',
      '919812345679|Ravi|vip',
    ]);
    assert.deepEqual(await read('Meera,+91 98123 45678', 'Ravi,+91 98123 45679'), [
      '919812345678|Meera',
      '919812345679|Ravi',
    ]);
    assert.deepEqual(await read('+91 98123 45678', '', '+91 98123 45679'), ['919812345678', '919812345679']);
  });

  it('with line breaks, separators and quotation marks in quotes', async () => {
    const lines = ['name,phone', '"Asha ""A"" Rao,', 'Berlin","+49 151 23456789"', 'x,12', 'Ravi,919812345679'];
    assert.deepEqual(await read(...lines), ['4915123456789|Asha "A" Rao,\nBerlin', '919812345679|Ravi', '- 4']);
  });

  it('a quotation mark that is never closed costs nobody else', async () => {
    const lines = ['"Tom', 'Meera', '"Ravi', '"Nia, B"', ' "Zoë" ', 'To"m', '"Ti"m"', '"""x"""'];
    assert.deepEqual(
      await read('phone,name', ...lines.map((line, at) => `+491512345678${String(at)},${line}`)),
      ['"Tom', 'Meera', '"Ravi', 'Nia, B', 'Zoë', 'To"m', '"Ti"m"', '"x"'].map(
        (name, at) => `491512345678${String(at)}|${name}`,
      ),
    );
  });

  it('whatever stands in it, a file is read, and quotation marks that were put right stay as they are', async () => {
    const part = fc.constantFrom('"', '"', '""', ',', ';', '\n', 'a', ' ', '\t', '\u00a0', '1');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 30 }), fc.constantFrom(',', ';', '\t'), async (parts, separator) => {
        const text = parts.join('');
        const right = await withRightQuotes(text, separator);
        assert.equal(right.split('\n').length, text.split('\n').length);
        assert.equal(await withRightQuotes(right, separator), right);
        const { records } = await readCsvRecords(text);
        assert.ok(records.length <= text.split('\n').length);
      }),
      { numRuns: 300 },
    );
  });

  it('of several numbers of a person, the mobile one counts, in whatever order they stand', async () => {
    assert.deepEqual(await read('name,phone,mobile', 'A,+49 30 1234567,+49 151 23456789', 'B,+49 151 23456788,'), [
      '4915123456789|A',
      '4915123456788|B',
    ]);
    assert.deepEqual(await read('name,phone 1,phone 2', 'A,+49 30 1234567,+49 151 23456789', 'B,+49 30 1234567,none'), [
      '4915123456789|A',
      '49301234567|B',
    ]);
  });

  it('a title above the headings is left out and told', async () => {
    assert.deepEqual(await read('Customers,,', ',,', 'Name,Phone,City', 'Tom,+49 151 23456789,Berlin'), [
      '4915123456789|Tom',
      '- 1',
    ]);
    // With one column there is no telling.
    assert.deepEqual(await read('Phone', '+49 151 23456789'), ['4915123456789']);
  });

  it('what is no table is refused, and says what it is', async () => {
    const refused = async (text: string): Promise<string> =>
      readCsvMembers(text).then(
        () => 'taken',
        (error: unknown) => String(error),
      );
    assert.match(await refused('BEGIN:VCARD\nTEL:+4915123456789\nEND:VCARD'), /contact cards/);
    assert.match(await refused(`phone\n${'x'.repeat(200_001)}`), /Line 2 has 200,001 characters/);
    assert.match(await refused(`${'a,'.repeat(200)}phone\n`), /201 columns; at most 200/);
  });

  it('of a column of ids and one of numbers, the one whose heading says so counts', async () => {
    assert.deepEqual(
      await read('Customer id,Phone', '919812345670,+49 151 23456789', '919812345671,+49 151 23456788'),
      ['4915123456789', '4915123456788'],
    );
  });

  it('a heading makes a name for a field that can be typed, and never one of JavaScript or one that is taken', async () => {
    const headings = ['phone', 'İlçe', 'Plan', 'Plan', '__proto__', 'constructor', 'Date'];
    const { members } = await readCsvMembers(`${headings.join(',')}\n+49 151 23456789,a,b,c,d,e,f`);
    assert.deepEqual(members[0]?.fields, {
      ilçe: 'a',
      plan: 'b',
      plan_2: 'c',
      proto: 'd',
      ['constructor']: 'e',
      date_2: 'f',
    });
  });

  it('bad lines are told with the cell and the reason', async () => {
    const { bad, badCount } = await readCsvMembers(
      'phone,name\n9.19812E+11,Meera\n+44 7911 12345,Nia\n+49 151 23456789,Tom',
    );
    assert.equal(badCount, 2);
    assert.deepEqual(
      bad.map(({ line, column, heading, value }) => [line, column, heading, value]),
      [
        [2, 1, 'phone', '9.19812E+11'],
        [3, 1, 'phone', '+44 7911 12345'],
      ],
    );
    assert.match(bad[0]?.reason ?? '', /"9\.19812E\+11".*spreadsheet has shortened/);
    assert.match(bad[1]?.reason ?? '', /the United Kingdom \(\+44\) have 10 digits/);
  });

  it('an export comes back as it was', async () => {
    assert.deepEqual(await read('"phoneNumber","name","tags"', `"919812345678","'=1+1; '-2","vip;'+x"`), [
      '919812345678|=1+1; -2|vip|+x',
    ]);
  });
});

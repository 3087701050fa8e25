import assert from 'node:assert/strict';
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
    assert.deepEqual(await read('phone,name', '+4915123456789,"Tom', '919812345678,Meera', '919812345679,Ravi'), [
      '4915123456789|"Tom',
      '919812345678|Meera',
      '919812345679|Ravi',
    ]);
  });

  it('of a column of ids and one of numbers, the one whose heading says so counts', async () => {
    assert.deepEqual(
      await read('Customer id,Phone', '919812345670,+49 151 23456789', '919812345671,+49 151 23456788'),
      ['4915123456789', '4915123456788'],
    );
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

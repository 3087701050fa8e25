import assert from 'node:assert/strict';
import EventEmitter from 'node:events';
import { readdir } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { liveCheck, mayAsk, type Program } from '../../server/live-check.js';
import { WireFindings } from '../../server/whatsapp/live-check/wire-findings.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

/** A check under way, and the program that it runs in. */
interface RunningCheck {
  program: EventEmitter & Program & { stdin: PassThrough };
  said: () => string;
  ended: Promise<number>;
}

describe('the live check', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  const tmpDir = process.env['TMPDIR'];
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let own: string;
  let contact: string;

  before(async () => {
    folder = await makeTempDir();
    process.env['TMPDIR'] = folder.dir;
    simulator = await startTestSimulator();
  });
  beforeEach(() => {
    const [person] = simulator.addContacts(1);
    assert.ok(person);
    contact = person.phoneNumber;
    own = `49${String(BigInt(contact.slice(2)) + 1n)}`;
    simulator.controls.linking.addAccount({ phoneNumber: own, name: 'Ada' });
  });
  after(async () => {
    await simulator.stop();
    if (tmpDir === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = tmpDir;
    await folder.remove();
  });

  function start(...args: string[]): RunningCheck {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    let said = '';
    stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const program = Object.assign(new EventEmitter(), { stdin, stdout, stderr: stdout });
    // Never with the address of the real WhatsApp.
    const settings = { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKeyHex };
    return { program, said: () => said, ended: liveCheck(args, settings, program) };
  }
  const until = ({ said }: RunningCheck, words: RegExp): Promise<RegExpMatchArray> =>
    eventually(() => said().match(words) ?? assert.fail(said()), { timeoutMs: 40_000, what: String(words) });
  async function agreeAndLink(check: RunningCheck): Promise<void> {
    await until(check, /Type yes to begin/);
    check.program.stdin.write('yes\n');
    const [, code = ''] = await until(check, /phone number instead: (\w{4}-\w{4})/);
    await simulator.enterCode(own, code);
  }
  const posted = () => simulator.statuses(contact);
  const devices = () => simulator.controls.linking.account(own).devices;

  it('links, posts twice, reads views, says what differs, deletes its posts and unlinks', async () => {
    simulator.controls.accounts.change(own, {
      statusAudience: { type: 'blacklist', contacts: [contact], form: 'lid' },
    });
    simulator.controls.changeSettings({ ackPhash: 'always' });
    const check = start('--number', `+${own}`, '--contact', contact, '--wait', '30');
    await agreeAndLink(check);
    for (const nth of [1, 2]) {
      await eventually(() => posted().length === nth, { timeoutMs: 40_000, what: `post ${String(nth)}` });
      await until(check, new RegExp(`Post ${String(nth)}: WhatsApp took it; included`));
      simulator.view(contact, posted().at(-1)?.id ?? '');
    }
    const said = check.said;
    assert.equal(await check.ended, 0, said());
    assert.match(said(), /Receipts: (delivered, )?read/);
    assert.match(said(), /Answers to messages: taken, with phash/);
    assert.match(said(), /read, from status@broadcast, named by LID/);
    assert.match(said(), /Story privacy: blacklist \(in force\) names 1 by LID/);
    assert.match(said(), /The end of the offline queue was told/);
    assert.match(said(), /Nothing differs from the dictionary/);
    assert.ok(posted().every(({ deletedAt }) => deletedAt !== null));
    assert.deepEqual(devices(), []);
    const kept = (await readdir(folder.dir)).filter((name) => name.startsWith('statuscast'));
    assert.deepEqual(kept, [], 'nothing is kept');
  });

  it('deletes what it posted and unlinks when it is interrupted', async () => {
    const check = start('--number', own, '--contact', contact);
    await agreeAndLink(check);
    await until(check, /Open it on the phone/);
    check.program.emit('SIGINT');
    assert.equal(await check.ended, 1, check.said());
    assert.match(check.said(), /interrupted/);
    assert.equal(posted().length, 1);
    assert.ok(posted().every(({ deletedAt }) => deletedAt !== null));
    assert.deepEqual(devices(), []);
  });

  it('deletes what it posted and unlinks when its connection is lost', async () => {
    const check = start('--number', own, '--contact', contact);
    await agreeAndLink(check);
    await until(check, /Open it on the phone/);
    simulator.controls.faults.disconnect(own, { kind: 'reset' });
    assert.equal(await check.ended, 1, check.said());
    assert.match(check.said(), /What was posted is deleted/);
    assert.equal(posted().length, 1);
    assert.ok(posted().every(({ deletedAt }) => deletedAt !== null));
    assert.deepEqual(devices(), []);
  });

  it('posts nothing to a number that is not on WhatsApp, and unlinks', async () => {
    const check = start('--number', own, '--contact', '4915100000009');
    await agreeAndLink(check);
    assert.equal(await check.ended, 1, check.said());
    assert.match(check.said(), /4915100000009 is not on WhatsApp/);
    assert.deepEqual(devices(), []);
    assert.deepEqual(simulator.statuses(own), []);
  });

  const refusals: [what: string, refuse: (program: RunningCheck['program']) => void][] = [
    ['a no', ({ stdin }) => stdin.write('no\n')],
    ['the end of the input', ({ stdin }) => stdin.end()],
    ['an interruption', (program) => program.emit('SIGINT')],
  ];
  for (const [what, refuse] of refusals) {
    it(`does nothing without a yes: ${what}`, async () => {
      const check = start('--number', own, '--contact', contact);
      await until(check, /Type yes to begin/);
      refuse(check.program);
      assert.equal(await check.ended, 1);
      assert.match(check.said(), /Nothing was done/);
      assert.deepEqual(devices(), []);
    });
  }

  const senseless: [what: string, args: () => string[], words: RegExp][] = [
    ['no contact', () => ['--number', own], /--contact: "" is not a number with its country code/],
    ['the account itself', () => ['--number', own, '--contact', own], /--contact is the account itself/],
    [
      'an endless wait',
      () => ['--number', own, '--contact', contact, '--wait', '9999'],
      /--wait: give 1 to 600 seconds/,
    ],
  ];
  for (const [what, args, words] of senseless) {
    it(`explains itself for ${what}`, async () => {
      const check = start(...args());
      assert.equal(await check.ended, 2);
      assert.match(check.said(), words);
      assert.match(check.said(), /npm run live-check -- --number/);
    });
  }
});

describe('whether a live check may ask', () => {
  const cases: [isSimulated: boolean, isTerminal: boolean, isInCi: boolean, may: boolean][] = [
    [true, false, true, true],
    [false, true, false, true],
    [false, false, false, false],
    [false, true, true, false],
  ];
  for (const [isSimulated, isTerminal, isInCi, may] of cases) {
    it(`${may ? 'yes' : 'no'}: ${JSON.stringify({ isSimulated, isTerminal, isInCi })}`, () => {
      assert.equal(mayAsk({ isSimulated, isTerminal, isInCi }), may);
    });
  }
});

describe('what a live check finds on the wire', () => {
  const found = (...stanzas: BinaryNode[]): string => {
    const findings = new WireFindings();
    for (const stanza of stanzas) findings.record(stanza);
    return findings.report().join('\n');
  };

  it('names what differs, without numbers or LIDs of people', () => {
    const attrs = {
      id: '3EB0C767D097B7C7C030AA',
      from: 'status@broadcast',
      participant: '900000000000001@lid',
      news: '1',
    };
    const report = found(
      { tag: 'receipt', attrs: { ...attrs, type: 'glimpsed' } },
      { tag: 'parcel', attrs: { for: '4915112345678' } },
    );
    assert.match(report, /view: <receipt> has type="glimpsed" instead of/);
    assert.match(report, /view: <receipt> has news="1", which is not known there/);
    assert.match(report, /<parcel> with for is not in it/);
    assert.doesNotMatch(report, /\d{5}/);
  });

  it('tells refusals, receipts of each shape, and a queue without an end', () => {
    const user = { tag: 'user', attrs: { jid: '5@lid', type: 'read' } };
    const report = found(
      { tag: 'ack', attrs: { class: 'message', id: 'A', from: 'status@broadcast', error: '479' } },
      { tag: 'receipt', attrs: { id: 'A', from: '4915100000001@s.whatsapp.net', type: 'read' } },
      {
        tag: 'receipt',
        attrs: { id: 'B', from: 'status@broadcast', class: 'status' },
        content: [{ tag: 'participants', attrs: { message_id: 'A' }, content: [user] }],
      },
    );
    assert.match(report, /refused with 479, without phash/);
    assert.match(report, /read, from the viewer, named by number/);
    assert.match(report, /grouped, ids of their own/);
    assert.match(report, /was never told/);
  });
});

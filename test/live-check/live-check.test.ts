import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { mayAsk } from '../../server/live-check.js';
import { WireFindings } from '../../server/whatsapp/live-check/wire-findings.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

const own = '4915112345678';
const contact = '4915187654321';
const program = `
  const { liveCheck } = await import(${JSON.stringify(path.resolve('server/live-check.ts'))});
  process.exit(await liveCheck(process.argv.slice(1), process.env));
`;

describe('the live check', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let running: ChildProcess | undefined;
  let said: string;

  beforeEach(async () => {
    folder = await makeTempDir();
    simulator = await startTestSimulator();
    simulator.controls.linking.addAccount({ phoneNumber: own, name: 'Ada' });
    simulator.addContacts({ contacts: [{ phoneNumber: contact }] });
    said = '';
  });
  afterEach(async () => {
    running?.kill('SIGKILL');
    await simulator.stop();
    await folder.remove();
  });

  /** Never with the address of the real WhatsApp: `url` is the simulator's, or leads nowhere. */
  function start(args: string[], url = simulator.url): ChildProcess {
    const env = {
      PATH: process.env['PATH'],
      TMPDIR: folder.dir,
      WHATSAPP_URL: url,
      WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
    };
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '--eval', program, '--', ...args], {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    }
    return child;
  }
  const until = (words: RegExp): Promise<RegExpMatchArray> =>
    eventually(() => said.match(words) ?? assert.fail(said), { timeoutMs: 40_000, what: String(words) });
  const ended = async (child: ChildProcess): Promise<number | null> => {
    if (child.exitCode === null) await once(child, 'close');
    return child.exitCode;
  };
  async function agreeAndLink(child: ChildProcess): Promise<void> {
    await until(/Type yes to begin/);
    child.stdin?.write('yes\n');
    const [, code = ''] = await until(/phone number instead: (\w{4}-\w{4})/);
    await simulator.enterCode(own, code);
  }
  const posted = () => simulator.statuses(contact);

  it('links, posts twice, reads views, says what differs, deletes its posts and unlinks', async () => {
    simulator.controls.accounts.change(own, {
      statusAudience: { type: 'blacklist', contacts: [contact], form: 'lid' },
    });
    simulator.controls.changeSettings({ ackPhash: 'always' });
    const child = start(['--number', `+${own}`, '--contact', contact, '--wait', '30']);
    await agreeAndLink(child);
    for (const nth of [1, 2]) {
      await eventually(() => posted().length === nth, { timeoutMs: 40_000, what: `post ${String(nth)}` });
      await until(new RegExp(`Post ${String(nth)}: WhatsApp took it; included`));
      simulator.view(contact, posted().at(-1)?.id ?? '');
    }
    assert.equal(await ended(child), 0, said);
    assert.match(said, /Receipts: (delivered, )?read/);
    assert.match(said, /Answers to messages: taken, with phash/);
    assert.match(said, /read, from status@broadcast, named by LID/);
    assert.match(said, /Story privacy: blacklist \(in force\) names 1 by LID/);
    assert.match(said, /The end of the offline queue was told/);
    assert.match(said, /Nothing differs from the dictionary/);
    assert.ok(posted().every(({ deletedAt }) => deletedAt !== null));
    assert.deepEqual(simulator.controls.linking.account(own).devices, []);
    const kept = (await readdir(folder.dir)).filter((name) => name.startsWith('statuscast'));
    assert.deepEqual(kept, [], 'nothing is kept');
  });

  it('deletes what it posted and unlinks when it is interrupted', async () => {
    const child = start(['--number', own, '--contact', contact]);
    await agreeAndLink(child);
    await until(/Open it on the phone/);
    child.kill('SIGINT');
    assert.equal(await ended(child), 1, said);
    assert.match(said, /interrupted/);
    assert.equal(posted().length, 1);
    assert.ok(posted().every(({ deletedAt }) => deletedAt !== null));
    assert.deepEqual(simulator.controls.linking.account(own).devices, []);
  });

  it('posts nothing to a number that is not on WhatsApp, and unlinks', async () => {
    const child = start(['--number', own, '--contact', '4915100000009']);
    await agreeAndLink(child);
    assert.equal(await ended(child), 1, said);
    assert.match(said, /4915100000009 is not on WhatsApp/);
    assert.deepEqual(simulator.controls.linking.account(own).devices, []);
    assert.deepEqual(simulator.statuses(own), []);
  });

  it('does nothing without a yes', async () => {
    const child = start(['--number', own, '--contact', contact]);
    await until(/Type yes to begin/);
    child.stdin?.write('no\n');
    assert.equal(await ended(child), 1);
    assert.match(said, /Nothing was done/);
    assert.deepEqual(simulator.controls.linking.account(own).devices, []);
  });

  const senseless: [what: string, args: string[], words: RegExp][] = [
    ['no contact', ['--number', own], /--contact: "" is not a number with its country code/],
    ['the account itself', ['--number', own, '--contact', own], /--contact is the account itself/],
    ['an endless wait', ['--number', own, '--contact', contact, '--wait', '9999'], /--wait: give 1 to 600 seconds/],
  ];
  for (const [what, args, words] of senseless) {
    it(`explains itself for ${what}`, async () => {
      assert.equal(await ended(start(args)), 2);
      assert.match(said, words);
      assert.match(said, /npm run live-check -- --number/);
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
    for (const stanza of stanzas) findings.take(stanza);
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

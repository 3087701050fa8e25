import assert from 'node:assert/strict';
import { setImmediate as immediate } from 'node:timers/promises';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { memoryAuthState } from '../../bench/memory-auth-state.js';
import type { AuthState } from '../../server/whatsapp/credentials/auth-state.js';
import { sealForDevices } from '../../server/whatsapp/publishing/key-delivery.js';
import { DeviceEncryptor } from '../../server/whatsapp/signal/device-encryptor.js';
import { asStoredRecord } from '../../server/whatsapp/signal/stored-session.js';
import { type ContactDevice, openAt } from '../whatsapp-signal/account.js';
import { createContactDevice } from '../whatsapp-signal/signal-memory.js';

describe('one message for several devices, each in its own session', () => {
  let devices: Map<string, ContactDevice>;
  let asked: string[][];
  let refused: Set<string>;
  let falsified: Set<string>;
  let ended: AbortController;
  let auth: AuthState;
  const encryptor = new DeviceEncryptor();
  after(() => encryptor.stop());
  beforeEach(() => {
    devices = new Map(['71@lid', '71:2@lid', '72@lid'].map((jid) => [jid, createContactDevice()]));
    [asked, refused, falsified, ended] = [[], new Set(), new Set(), new AbortController()];
    auth = memoryAuthState() as AuthState;
  });

  const node = (tag: string, content: BinaryNode['content'], attrs: Record<string, string> = {}): BinaryNode => ({
    tag,
    attrs,
    ...(content === undefined ? {} : { content }),
  });
  const number = (value: number, bytes: number): Buffer => {
    const written = Buffer.alloc(bytes);
    written.writeUIntBE(value, 0, bytes);
    return written;
  };
  function keysOf(jid: string): BinaryNode {
    if (refused.has(jid)) return node('user', [node('error', undefined, { code: '404' })], { jid });
    const bundle = devices.get(jid)?.bundle() ?? assert.fail(jid);
    const { registrationId, identityKey, signedPreKey, preKey } = bundle;
    const signature = falsified.has(jid) ? Buffer.alloc(64, 1) : signedPreKey.signature;
    const content = [
      node('registration', number(registrationId, 4)),
      // Without the byte that names the kind of key.
      node('identity', identityKey.subarray(1)),
      node('skey', [
        node('id', number(signedPreKey.keyId, 3)),
        node('value', signedPreKey.publicKey.subarray(1)),
        node('signature', signature),
      ]),
      node('key', [node('id', number(preKey.keyId, 3)), node('value', preKey.publicKey.subarray(1))]),
    ];
    return node('user', content, { jid });
  }
  const socket = {
    ws: { isOpen: true },
    query: ({ content }: BinaryNode): Promise<BinaryNode> => {
      const [key] = content as BinaryNode[];
      const jids = (key?.content as BinaryNode[]).map(({ attrs }) => attrs['jid'] ?? '');
      asked.push(jids);
      return Promise.resolve(node('iq', [node('list', jids.map(keysOf))]));
    },
  } as never;
  const seal = (text: string, jids: string[], known?: Parameters<typeof sealForDevices>[3]) =>
    sealForDevices({ socket, auth, encryptor, ended: ended.signal }, Buffer.from(text), jids, known);
  const open = async (jid: string, nodes: ReadonlyMap<string, BinaryNode>): Promise<string> => {
    const { attrs, content } = nodes.get(jid) ?? assert.fail(jid);
    const type = attrs['type'] === 'pkmsg' ? 'pkmsg' : 'msg';
    return openAt(devices.get(jid) ?? assert.fail(jid), { type, body: Buffer.from(content as Uint8Array) });
  };

  /** Baileys calls a session bytes; what it hands out is a record. */
  async function store(record: unknown): Promise<void> {
    await auth.keys.set({ session: { '71_1.0': record as Uint8Array } });
  }

  it('asks for keys where there is no session, once, and takes the sessions further from then on', async () => {
    const first = await seal('first', ['71@lid', '71:2@lid']);
    assert.deepEqual([...first.nodes.keys(), ...first.refused], ['71@lid', '71:2@lid']);
    assert.deepEqual(first.nodes.get('71@lid')?.attrs, { v: '2', type: 'pkmsg' });
    const stored = await auth.keys.get('session', ['71_1.0', '71_1.2', '72_1.0']);
    assert.deepEqual(Object.keys(stored), ['71_1.0', '71_1.2']);
    const second = await seal('second', ['71@lid', '72@lid', '71:2@lid']);
    assert.deepEqual(asked, [['71@lid', '71:2@lid'], ['72@lid']]);
    for (const jid of ['71@lid', '71:2@lid']) {
      assert.deepEqual([await open(jid, second.nodes), await open(jid, first.nodes)], ['second', 'first'], jid);
    }
    assert.equal(await open('72@lid', second.nodes), 'second');
  });

  it('asks nobody, and makes nothing, for no devices', async () => {
    assert.deepEqual([await seal('first', []), asked], [{ nodes: new Map(), refused: [] }, []]);
  });

  it('leaves out whose keys are refused or false, and nobody else', async () => {
    refused.add('71@lid');
    falsified.add('72@lid');
    const sealed = await seal('first', ['71@lid', '71:2@lid', '72@lid']);
    assert.deepEqual([[...sealed.nodes.keys()], sealed.refused], [['71:2@lid'], ['71@lid', '72@lid']]);
    assert.equal(await open('71:2@lid', sealed.nodes), 'first');
    assert.deepEqual(Object.keys(await auth.keys.get('session', ['71_1.0', '72_1.0'])), []);
    [refused, falsified] = [new Set(), new Set()];
    assert.deepEqual((await seal('second', ['71@lid', '72@lid'])).refused, []);
  });

  it('begins anew with keys that a device sent, whatever session there is, and asks for none', async () => {
    await seal('first', ['71@lid']);
    const anew = createContactDevice();
    devices.set('71@lid', anew);
    const { identityKey, signedPreKey, ...rest } = anew.bundle();
    const bundle = { ...rest, identityKey: identityKey.subarray(1), signedPreKey };
    const sealed = await seal('second', ['71@lid'], new Map([['71@lid', bundle]]));
    assert.equal(await open('71@lid', sealed.nodes), 'second');
    assert.equal(await open('71@lid', (await seal('third', ['71@lid'])).nodes), 'third');
    const other = devices.get('72@lid')?.bundle() ?? assert.fail();
    const known = new Map([['72@lid', { ...other, identityKey: other.identityKey.subarray(1) }]]);
    assert.equal(await open('72@lid', (await seal('first', ['72@lid'], known)).nodes), 'first');
    assert.deepEqual(asked, [['71@lid']]);
  });

  it('says which kind it is: once a device has answered it knows the session', async () => {
    assert.equal(await open('71@lid', (await seal('first', ['71@lid'])).nodes), 'first');
    const { '71_1.0': kept } = await auth.keys.get('session', ['71_1.0']);
    const record = asStoredRecord(kept) ?? assert.fail();
    // What an answer leaves of it.
    for (const session of Object.values(record._sessions)) Reflect.deleteProperty(session, 'pendingPreKey');
    await store(record);
    const sealed = await seal('second', ['71@lid']);
    assert.deepEqual(sealed.nodes.get('71@lid')?.attrs, { v: '2', type: 'msg' });
    assert.equal(await open('71@lid', sealed.nodes), 'second');
  });

  it('asks for keys where every session was closed', async () => {
    await seal('first', ['71@lid']);
    const { '71_1.0': kept } = await auth.keys.get('session', ['71_1.0']);
    const record = asStoredRecord(kept) ?? assert.fail();
    for (const { indexInfo } of Object.values(record._sessions)) Object.assign(indexInfo, { closed: Date.now() });
    await store(record);
    const sealed = await seal('second', ['71@lid']);
    assert.deepEqual([sealed.refused, asked.length], [[], 2]);
    assert.equal(await open('71@lid', sealed.nodes), 'second');
  });

  it('is there only when its sessions are stored, and not at all when they cannot be', async () => {
    const { set } = auth.keys;
    let isStored = false;
    auth.keys.set = async (data) => {
      await immediate();
      await set(data);
      isStored = true;
    };
    await seal('first', ['71@lid']);
    assert.equal(isStored, true);
    auth.keys.set = () => Promise.reject(new Error('the disk is full'));
    await assert.rejects(seal('second', ['71@lid']), /the disk is full/);
  });

  it('is given up with the connection', async () => {
    ended.abort(new Error('the end'));
    await assert.rejects(seal('first', ['71@lid']), /the end/);
    assert.deepEqual(Object.keys(await auth.keys.get('session', ['71_1.0'])), []);
  });
});

import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { Success } from '../../server/contract/envelope.js';
import type { Upload } from '../../server/contract/media.js';
import type { Status } from '../../server/contract/statuses.js';
import { callApi, linkAccount, postAndWait } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { opened, post, upload } from '../support/media-journey.js';

describe('files on their way to WhatsApp', function () {
  this.timeout(90_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;
  let own: string;
  let kept: Upload;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { STATUS_CHUNK_PAUSE_MS: '0' } });
    own = (await linkAccount(server, simulator)).phoneNumber;
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    const picture = sharp({ create: { width: 400, height: 300, channels: 3, background: '#246' } });
    kept = await upload(server, 'image', await picture.jpeg().toBuffer());
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  async function send(targets: string[] = [contact], waitSeconds = 30): Promise<Status> {
    const body = { type: 'image', content: kept.filename, targetNumbers: targets };
    return postAndWait(server, body, { waitSeconds });
  }
  const read = async (id: string): Promise<Status> =>
    (await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`)).data;

  it('a new token is asked for when the old one is not taken any more', async () => {
    await post(server, simulator, contact, { type: 'image', content: kept.filename });
    await simulator.ask('POST', '/admin/media/expire-auth');
    const { report } = await post(server, simulator, contact, { type: 'image', content: kept.filename });
    assert.deepEqual(report.problems, []);
    assert.deepEqual(simulator.refusedRules(), ['media-auth']);
  });

  it('when WhatsApp takes the file at no try, the status fails and says so', async () => {
    await simulator.ask('POST', '/admin/media/faults', { on: 'upload', status: 500, times: 3 });
    const status = await send();
    assert.deepEqual([status.state, status.error?.code], ['failed', 'whatsapp_error']);
    assert.match(status.error?.message ?? '', /media servers did not take the file, and nobody was sent anything/);
    await callApi(server, 'POST', `/sessions/acc1/statuses/${status.id}/retry`, { expected: 202 });
    await eventually(async () => (await read(status.id)).state === 'sent', {
      timeoutMs: 15_000,
      what: 'it to be sent',
    });
  });

  it('a second attempt uses the file that is there, and everybody gets the same message', async () => {
    simulator.controls.faults.add({ on: 'message', dropAck: true, onlyStatuses: true, times: 1 });
    const status = await send([contact], 1);
    await eventually(() => simulator.statuses(contact).some(({ id }) => id === status.messageId), {
      what: 'it to arrive',
    });
    const before = simulator.refusedRules().length;
    // The host takes nothing now: what is sent again has to be what is there already.
    await simulator.ask('POST', '/admin/media/faults', { on: 'upload', status: 500, times: 1 });
    simulator.controls.faults.disconnect(own, { kind: 'reset' });
    await eventually(async () => (await read(status.id)).state === 'sent', {
      timeoutMs: 30_000,
      what: 'it to be sent',
    });
    const { report } = await opened(simulator, contact, status.messageId);
    assert.deepEqual(report.problems, []);
    assert.ok(!simulator.refusedRules().slice(before).includes('media-fault'));
  });
});

import assert from 'node:assert/strict';
import type { Answer, Reply } from '../../server/contract/inbox/replies.js';
import type { PageMeta, Success } from '../../server/contract/envelope.js';
import { eventually } from '../support/eventually.js';
import { callApi, linkAccount, postAndWait, type ServerAddress, waitUntilConnected } from '../support/link-account.js';
import { makeVoiceNote } from '../support/media-files.js';
import { upload } from '../support/media-journey.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer } from '../support/test-server.js';

async function answerReply(server: ServerAddress, replyId: string, body: object): Promise<Answer> {
  const path = `/sessions/acc1/replies/${replyId}/answer`;
  return (await callApi<Success<Answer>>(server, 'POST', path, { body, expected: 202 })).data;
}

/** Somebody who answers a post of acc1. */
async function somebodyReplies(server: ServerAddress, simulator: TestSimulator, text: string) {
  const [anna = assert.fail()] = simulator.addContacts(1);
  const targetNumbers = [anna.phoneNumber];
  const status = await postAndWait(server, { type: 'text', content: 'Fresh bread', targetNumbers });
  simulator.reply(anna.phoneNumber, status.messageId, text);
  const reply = await eventually(async () => {
    const path = '/sessions/acc1/replies';
    const { data } = await callApi<{ data: Reply[]; meta: PageMeta }>(server, 'GET', path);
    return data.find((one) => one.text === text) ?? assert.fail();
  });
  const answers = async () =>
    (await callApi<Success<Reply>>(server, 'GET', `/sessions/acc1/replies/${reply.id}`)).data.answers;
  return { reply, answers, letters: () => simulator.controls.chats.messages(anna.phoneNumber) };
}

describe('answers with a file, and of a server that is killed', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  before(async () => {
    simulator = await startTestSimulator();
  });
  after(() => simulator.stop());

  it('bring the file, quoting the reply', async () => {
    const server = await startTestServer({ simulator });
    try {
      await linkAccount(server, simulator);
      const { reply, answers, letters } = await somebodyReplies(server, simulator, 'What does it sound like?');
      const { filename } = await upload(server, 'audio', await makeVoiceNote(1));
      const accepted = await answerReply(server, reply.id, { type: 'audio', content: filename });
      assert.equal(accepted.media?.filename, filename);
      await eventually(async () => assert.equal((await answers())[0]?.state, 'sent'));
      await simulator.drain();
      assert.deepEqual(
        letters().map(({ type, quotedText }) => [type, quotedText]),
        [['voice', 'What does it sound like?']],
      );
      assert.deepEqual(simulator.refusedRules(), []);
    } finally {
      await server.stop();
    }
  });

  it('that had left without being acknowledged, or had not left, arrive after the restart, each once', async () => {
    const { dir, remove } = await makeTempDir();
    let server = await ServerProcess.start({ simulator, dir });
    try {
      await linkAccount(server, simulator);
      const { reply, letters } = await somebodyReplies(server, simulator, 'Any rye left?');
      simulator.controls.faults.add({ on: 'message', dropAck: true });
      await answerReply(server, reply.id, { type: 'text', content: 'Yes.' });
      await answerReply(server, reply.id, { type: 'text', content: 'Until six.' });
      await eventually(() => assert.equal(letters().length, 1));
      await server.end('SIGKILL');
      simulator.controls.faults.clear();
      server = await ServerProcess.start({ simulator, dir });
      await waitUntilConnected(server, 'acc1');
      const after = async () => {
        const path = `/sessions/acc1/replies/${reply.id}`;
        return (await callApi<Success<Reply>>(server, 'GET', path)).data.answers;
      };
      await eventually(async () => {
        assert.deepEqual(
          (await after()).map(({ state, text }) => [text, state]),
          [
            ['Yes.', 'sent'],
            ['Until six.', 'sent'],
          ],
        );
      });
      assert.deepEqual(
        letters().map(({ text, copies }) => [text, copies]),
        [
          ['Yes.', 2],
          ['Until six.', 1],
        ],
      );
    } finally {
      await server.end();
      await remove();
    }
  });
});

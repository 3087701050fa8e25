import assert from 'node:assert/strict';
import type { AudienceList } from '../../server/contract/audiences.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Template } from '../../server/contract/planning/templates.js';
import type { ReachAnalytics } from '../../server/contract/analytics/reach-analytics.js';
import type { Broadcast } from '../../server/contract/planning/broadcasts.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { callApi, linkAccount, postAndWait } from '../support/link-account.js';
import { makeKey } from '../support/principals.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('what posts reach by whom they are for and what they were made from', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let people: string[];
  let list: AudienceList;
  let template: Template;
  let posted: Status;

  const make = async <T>(path: string, body: object): Promise<T> =>
    (await callApi<Success<T>>(server, 'POST', path, { body, expected: 201 })).data;
  const ask = async (query: string): Promise<ReachAnalytics> =>
    (await callApi<Success<ReachAnalytics>>(server, 'GET', `/analytics/reach?${query}`)).data;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    people = simulator.addContacts(3).map((contact) => contact.phoneNumber);
    list = await make('/audiences', { name: 'Regulars' });
    const members = people.map((phoneNumber) => ({ phoneNumber, tags: ['vip'] }));
    await callApi(server, 'POST', `/audiences/${list.id}/members`, { body: { members } });
    template = await make('/templates', { name: 'Offer', status: { type: 'text', content: 'Fresh bread' } });
    const audience = { kind: 'list', listId: list.id };
    posted = await postAndWait(server, { type: 'text', content: 'Fresh', templateId: template.id, audience });
    const vips = { kind: 'segment', segment: { type: 'tagged', tag: 'vip' } };
    await postAndWait(server, { type: 'text', content: 'For you', audience: vips });
    await simulator.drain();
    for (const person of people.slice(0, 2)) simulator.view(person, posted.messageId);
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  it('is told by the names of lists and templates, by tags and by types, with what is in no group', async () => {
    const byList = await eventually(async () => {
      const answer = await ask('by=list');
      assert.equal(answer.groups[0]?.sums.viewed, 2);
      return answer;
    });
    const [regulars] = byList.groups;
    assert.deepEqual([regulars?.key, regulars?.name, regulars?.posts], [list.id, 'Regulars', 1]);
    assert.deepEqual([regulars?.perPost?.targeted, regulars?.rates.viewed], [3, 0.6667]);
    assert.equal(byList.rest.posts, 1);
    assert.deepEqual(
      byList.notes.map(({ code }) => code),
      ['lower_bound'],
    );
    const keysBy = async (by: string) => (await ask(`by=${by}`)).groups.map(({ key, name }) => [key, name]);
    assert.deepEqual(await keysBy('template'), [[template.id, 'Offer']]);
    assert.deepEqual(await keysBy('tag'), [['vip', null]]);
    assert.deepEqual(await keysBy('type'), [['text', null]]);
    assert.deepEqual((await ask('by=segment')).groups[0]?.segment, { type: 'tagged', tag: 'vip' });
    const { data } = await callApi<Success<{ posts: number }>>(server, 'GET', `/analytics?templateId=${template.id}`);
    assert.equal(data.posts, 1);
  });

  it('comes as a file, and tells the key of one session no names', async () => {
    const file = await fetch(`${server.url}/api/sessions/acc1/analytics/reach?by=list&format=csv`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    });
    assert.match(String(file.headers.get('content-disposition')), /reach-acc1-list\.csv/);
    const [head = '', line = ''] = (await file.text()).split('\n');
    assert.match(head, /^"key","name","posts","targeted",.*,"clickedShare"$/);
    assert.match(line, new RegExp(`^"${list.id}","Regulars","1","3",`));
    const { apiKey } = await makeKey(server, { sessionId: 'acc1' });
    const headers = { authorization: `Bearer ${apiKey}` };
    const response = await fetch(`${server.url}/api/analytics/reach?by=list`, { headers });
    const { data } = (await response.json()) as Success<ReachAnalytics>;
    assert.deepEqual([data.groups[0]?.key, data.groups[0]?.name], [list.id, null]);
  });

  it('knows the template of what is posted again and of broadcasts, and refuses one that is not there', async () => {
    const again = await callApi<Success<Status>>(server, 'POST', `/sessions/acc1/statuses/${posted.id}/repost`, {
      body: {},
      expected: 202,
    });
    assert.deepEqual([again.data.plan.templateId, posted.plan.templateId], [template.id, template.id]);
    const unknown = '01J9ZX8K2QHV0M3T6R7P4N5W8B';
    const body = { type: 'text', content: 'x', templateId: unknown };
    await callApi(server, 'POST', '/sessions/acc1/send-status', { body, expected: 404 });
    await callApi(server, 'POST', '/organizations', { body: { id: 'other', name: 'Other' }, expected: 201 });
    const { apiKey } = await makeKey(server, { organizationId: 'other' });
    const foreign = await callApi<Success<Template>>(server, 'POST', '/templates', {
      body: { name: 'Theirs', status: { type: 'text', content: 'x' } },
      headers: { 'x-api-key': apiKey },
      expected: 201,
    });
    await callApi(server, 'POST', '/sessions/acc1/send-status', {
      body: { ...body, templateId: foreign.data.id },
      expected: 404,
    });
    await server.request.delete(`/api/templates/${template.id}`).expect(204);
    const status = { type: 'text', content: 'For all', templateId: template.id };
    const idOf = ({ accounts }: Broadcast): string => accounts[0]?.statusId ?? 'none';
    const broadcast = await callApi<Success<Broadcast>>(server, 'POST', '/broadcasts', {
      body: { all: true, ...status },
      expected: 202,
    });
    await eventually(async () => {
      const { data } = await callApi<Success<Broadcast>>(server, 'GET', `/broadcasts/${broadcast.data.id}`);
      const part = await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${idOf(data)}`);
      assert.equal(part.data.plan.templateId, template.id);
    });
    assert.equal((await ask('by=template')).groups[0]?.name, null);
  });
});

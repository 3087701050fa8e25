import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { eventNames, type EventDescription } from '../../server/contract/events.js';
import { eventsPage } from '../../server/events/events-page.js';
import { projectRoot } from '../../server/lib/project-root.js';

const inDocs = (file: string): Promise<string> => readFile(path.join(projectRoot(), 'docs', 'generated', file), 'utf8');

describe('the page of events', () => {
  let page: string;
  before(async () => {
    page = await inDocs('events.md');
  });

  it('is current; `npm run generate` writes it', () => {
    assert.equal(page, eventsPage());
  });

  it('has every event', () => {
    assert.deepEqual(
      [...page.matchAll(/^## (.+)$/gm)].map(([, name]) => name),
      eventNames,
    );
  });

  it('names schemas that the description of the API has', async () => {
    const { components } = JSON.parse(await inDocs('openapi.json')) as { components: { schemas: object } };
    const named = [...page.matchAll(/^\|[^|]+\|([^|]+)\||^Payload: (.+)$/gm)].flatMap(([, type, payload]) =>
      [...(type ?? payload ?? '').matchAll(/\b[A-Z]\w+/g)].map(([name]) => name),
    );
    assert.ok(named.includes('Viewer') && named.includes('Status'));
    assert.deepEqual(
      named.filter((name) => !Object.hasOwn(components.schemas, name)),
      [],
    );
  });

  it('says of each when it is told, who may hear it, and what is in it', () => {
    const payload = z.object({
      sessionId: z.string().meta({ description: 'Of the account.' }),
      state: z.enum(['on', 'off']).nullable(),
      counts: z.array(z.number().int()),
    });
    assert.equal(
      eventsPage({ 'lamp-changed': { told: 'The lamp changed.', heardBy: 'session-managers', payload } }).slice(
        eventsPage({}).length,
      ),
      [
        '\n## lamp-changed\n',
        'When: The lamp changed.\n',
        'Heard by: Whoever may manage the session: with what it tells, a phone can be linked. It is never stored.\n',
        '| field | type | notes |',
        '| --- | --- | --- |',
        '| `sessionId` | string | Of the account. |',
        '| `state` | `on` or `off` or null |  |',
        '| `counts` | list of integer |  |\n',
      ].join('\n'),
    );
  });
});

describe('an event of which nobody says who may hear it', () => {
  it('does not compile', () => {
    const payload = z.object({});
    // @ts-expect-error -- heardBy is missing.
    const silent: EventDescription = { told: 'Something happened.', payload };
    assert.ok(!('heardBy' in silent));
  });
});

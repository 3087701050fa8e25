import type { Database } from '../../server/db/database.js';

interface Place {
  sessionId: string;
  organizationId: string;
}

/** Puts things of an organization straight into the tables, without a request that might be refused. Each gives its id. */
export class InsertedRows {
  constructor(private readonly db: Database) {}

  async status(
    id: string,
    place: Place,
    as: { state: string; scheduled_at?: number } = { state: 'queued' },
  ): Promise<string> {
    const at = Date.now();
    await this.db('statuses').insert({
      id,
      session_id: place.sessionId,
      organization_id: place.organizationId,
      message_id: id,
      type: 'text',
      content: 'hi',
      created_by: 'root',
      created_at: at,
      updated_at: at,
      ...as,
    });
    return id;
  }

  /** A reply to a status that is there. */
  async reply(id: string, statusId: string, place: Place): Promise<string> {
    const at = Date.now();
    const of = { session_id: place.sessionId, organization_id: place.organizationId };
    const personId = `person-of-${id}`;
    await this.db('people').insert({
      ...of,
      id: personId,
      phone_number: '491700000009',
      created_at: at,
      updated_at: at,
    });
    await this.db('replies').insert({
      ...of,
      id,
      status_id: statusId,
      status_message_id: statusId,
      person_id: personId,
      message_id: id,
      kind: 'text',
      text: 'Hi',
      sent_at: at,
      received_at: at,
    });
    return id;
  }

  async resumable(id: string, organizationId: string): Promise<string> {
    const at = Date.now();
    await this.db('incoming_uploads').insert({
      id,
      organization_id: organizationId,
      principal_id: 'somebody',
      created_by: 'globex',
      node: 'main',
      kind: 'image',
      is_resumable: 1,
      state: 'receiving',
      bytes: 9,
      received_bytes: 0,
      details: '{}',
      attempts: 0,
      created_at: at,
      expires_at: at + 3_600_000,
    });
    return id;
  }

  async schedule(id: string, place: Place, name = 'globex'): Promise<string> {
    const at = Date.now();
    await this.db('schedules').insert({
      id,
      session_id: place.sessionId,
      organization_id: place.organizationId,
      name,
      body: '{}',
      rule: 'FREQ=DAILY',
      starts_at: '2026-01-01T09:00',
      time_zone: 'UTC',
      late_by_minutes: 60,
      state: 'paused',
      created_by: 'root',
      created_at: at,
      updated_at: at,
    });
    return id;
  }

  async broadcast(id: string, organizationId: string): Promise<string> {
    const body = JSON.stringify({ status: { type: 'text', content: 'globex' } });
    const at = { starts_at: 1, created_at: 1, stagger_seconds: 0 };
    await this.db('broadcasts').insert({ ...at, id, organization_id: organizationId, body, created_by: 'root' });
    return id;
  }

  async template(id: string, organizationId: string): Promise<string> {
    const body = JSON.stringify({ type: 'text', content: 'globex' });
    const at = { created_at: 1, updated_at: 1 };
    const row = { id, organization_id: organizationId, name: 'globex', body, created_by: 'root' };
    await this.db('templates').insert({ ...at, ...row });
    return id;
  }

  async experiment(id: string, statusId: string): Promise<string> {
    await this.db('statuses').where({ id: statusId }).update({ experiment_id: id, experiment_version: 'A' });
    return id;
  }

  async series(id: string, statusId: string): Promise<string> {
    await this.db('statuses').where({ id: statusId }).update({ series_id: id, series_position: 0 });
    return id;
  }

  async draft(id: string, organizationId: string): Promise<string> {
    const row = { id, organization_id: organizationId, body: '{}', search_text: '', created_by: 'root' };
    await this.db('drafts').insert({ ...row, created_at: 1, updated_at: 1 });
    return id;
  }

  async erasure(id: string, organizationId: string): Promise<string> {
    const row = { id, organization_id: organizationId, went: '{}', opted_out: 0, requested_by: 'globex' };
    await this.db('erasures').insert({ ...row, requested_at: 1, finished_at: 2 });
    return id;
  }

  async audience(id: string, organizationId: string, name = 'globex regulars'): Promise<string> {
    const at = Date.now();
    const row = { id, organization_id: organizationId, name, created_by: 'root' };
    await this.db('audiences').insert({ ...row, created_at: at, updated_at: at });
    return id;
  }

  async upload(filename: string, organizationId: string): Promise<string> {
    const row = {
      filename,
      organization_id: organizationId,
      kind: 'image',
      name: 'logo',
      search_text: 'logo',
      tags: '',
    };
    const more = { mime_type: 'image/jpeg', bytes: 1, is_animation: 0, created_by: 'root', created_at: Date.now() };
    await this.db('uploads').insert({ ...row, ...more });
    return filename;
  }
}

import { z } from 'zod';
import type { Database } from '../../db/database.js';

/** The version of WhatsApp Web that a client says it is. */
export type WebVersion = [number, number, number];

const key = 'whatsapp-web-version';
const versionSchema = z.tuple([z.number().int(), z.number().int(), z.number().int()]);

/** The version of WhatsApp Web that was found out last, in the settings of the server. */
export class WebVersionStore {
  constructor(private readonly db: Database) {}

  async find(): Promise<WebVersion | undefined> {
    const row = await this.db<{ key: string; value: string }>('settings').where({ key }).first();
    return row && versionSchema.parse(JSON.parse(row.value));
  }

  async save(version: WebVersion): Promise<void> {
    await this.db('settings')
      .insert({ key, value: JSON.stringify(version) })
      .onConflict('key')
      .merge();
  }
}

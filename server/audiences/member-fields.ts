import { personFieldsSchema, type PersonFields } from '../contract/person-fields.js';

/** Fields as they are stored with a member: JSON, or null for none. */
export function readFields(json: string | null): PersonFields {
  return json === null ? {} : personFieldsSchema.parse(JSON.parse(json));
}

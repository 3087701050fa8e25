import type { Schedule } from '../../../../server/contract/planning/schedules.js';
import { statusTypeSchema } from '../../../../server/contract/statuses.js';
import { isFileType, typeNames } from '../../post-look/shown-post.js';

/** A schedule in a line: its name, or what it posts where nobody named it and it has no words. */
export function scheduleTitle({ name, status }: Schedule): string {
  const type = statusTypeSchema.safeParse(status['type']).data;
  return type !== undefined && isFileType(type) && name === status['content'] ? typeNames[type] : name;
}

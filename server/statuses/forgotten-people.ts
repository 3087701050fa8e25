import type { Page } from '../contract/envelope.js';
import { AppError } from '../lib/app-error.js';
import { timestamp } from '../lib/timestamp.js';

/** The list of people of a status of which it is not kept any more who they were. */
export function forgottenPeople(since: number): Page<never> {
  return { items: [], total: 0, nextCursor: null, peopleForgottenAt: timestamp(since) };
}

/** The refusal of what would need them. */
export function notKeptWho(remedy: string): AppError {
  const what = 'It is not kept any more who got and who viewed this status; its `counts` say how many they were.';
  return new AppError('conflict', `${what} ${remedy}`.trim());
}

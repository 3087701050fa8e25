import { mutationsOfFoundations } from './foundations.js';
import type { Mutation } from './mutation.js';
import { mutationsOfAnalytics } from './analytics.js';
import { mutationsOfClicks } from './clicks.js';
import { mutationsOfExperiments } from './experiments.js';
import { mutationsOfPeople } from './people.js';
import { mutationsOfPosting } from './posting.js';
import { mutationsOfPublishing } from './publishing.js';
import { mutationsOfQuotas } from './quotas.js';
import { mutationsOfReceiving } from './receiving.js';
import { mutationsOfReplies } from './replies.js';
import { mutationsOfRunning } from './running.js';
import { mutationsOfScheduling } from './scheduling.js';
import { mutationsOfSessions } from './sessions.js';

/** Every wrong change that has to be noticed. */
export const allMutations: readonly Mutation[] = [
  ...mutationsOfPublishing,
  ...mutationsOfPosting,
  ...mutationsOfQuotas,
  ...mutationsOfReceiving,
  ...mutationsOfAnalytics,
  ...mutationsOfClicks,
  ...mutationsOfExperiments,
  ...mutationsOfPeople,
  ...mutationsOfScheduling,
  ...mutationsOfReplies,
  ...mutationsOfRunning,
  ...mutationsOfSessions,
  ...mutationsOfFoundations,
];

import type { Core } from '../core.js';
import { PeopleService } from './people-service.js';
import { PeopleStore } from './people-store.js';

/** Who is who. */
export function peopleFeature({ unitOfWork, clock }: Core): PeopleService {
  return new PeopleService(new PeopleStore(), unitOfWork, clock);
}

import type { Quotas } from '../access/quotas.js';
import type { Core } from '../core.js';
import type { FileUses } from '../media/file-uses.js';
import type { UploadsService } from '../media/uploads-service.js';
import { draftsRoutes } from './drafts-routes.js';
import { DraftsService } from './drafts-service.js';
import { DraftsStore } from './drafts-store.js';

export interface DraftsNeeds {
  files: UploadsService;
  fileUses: FileUses;
  quotas: Quotas;
}

/** Posts that somebody has not finished yet. */
export function draftsFeature({ database, unitOfWork, clock }: Core, { files, fileUses, quotas }: DraftsNeeds) {
  const drafts = new DraftsService({ store: new DraftsStore(database), files, fileUses, unitOfWork, clock, quotas });
  return { routes: draftsRoutes(drafts) };
}

import type { Quotas } from '../access/quotas.js';
import type { Core } from '../core.js';
import type { UploadsService } from '../media/uploads-service.js';
import { templatesRoutes } from './templates-routes.js';
import { TemplatesService } from './templates-service.js';
import { TemplatesStore } from './templates-store.js';

export interface TemplatesNeeds {
  files: UploadsService;
  quotas: Quotas;
}

/** Posts that are kept, to be used again and again. */
export function templatesFeature({ database, unitOfWork, clock }: Core, { files, quotas }: TemplatesNeeds) {
  const templates = new TemplatesService(new TemplatesStore(database), files, unitOfWork, clock, quotas);
  return { routes: templatesRoutes(templates) };
}

import type { Quotas } from '../access/quotas.js';
import type { Core } from '../core.js';
import type { FileUses } from '../media/file-uses.js';
import type { StatusSteps } from '../statuses/status-steps.js';
import { templatesRoutes } from './templates-routes.js';
import { TemplatesService } from './templates-service.js';
import { TemplatesStore } from './templates-store.js';

export interface TemplatesNeeds {
  steps: Pick<StatusSteps, 'accepted'>;
  fileUses: FileUses;
  quotas: Quotas;
}

/** Posts that are kept, to be used again and again. */
export function templatesFeature({ database, unitOfWork, clock }: Core, { steps, fileUses, quotas }: TemplatesNeeds) {
  const templates = new TemplatesService(new TemplatesStore(database), fileUses, unitOfWork, clock, quotas);
  steps.accepted.add((tx, status) => templates.onAccepted(tx, status));
  return { routes: templatesRoutes(templates) };
}

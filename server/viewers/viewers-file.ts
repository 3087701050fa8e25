import { viewerSchema } from '../contract/viewers.js';
import { recordFiles } from '../lib/csv/record-files.js';

/** The forms in which a list of viewers comes as a file; the columns of CSV are the fields of a viewer. */
export const viewersFiles = recordFiles(viewerSchema.keyof().options);

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Template } from '../../../server/contract/planning/templates.js';
import type { Draft } from '../draft/draft.js';
import { draftFileOf, libraryFileQuery } from '../files/uploads.js';
import { draftOfTemplate, filenameOf } from './templates.js';

/** A template as a draft, ready once the file that it shows is known. */
export function useTemplateDraft(template: Template): { draft: Draft; isReady: boolean } {
  const filename = filenameOf(template);
  const file = useQuery({ ...libraryFileQuery(filename ?? ''), enabled: filename !== null, staleTime: 60_000 });
  const draft = useMemo(
    () => draftOfTemplate(template, file.data === undefined ? null : draftFileOf(file.data)),
    [template, file.data],
  );
  return { draft, isReady: filename === null || !file.isPending };
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import {
  audienceListSchema,
  membersChangedSchema,
  optedOutSchema,
  tagChangedSchema,
} from '../../../server/contract/audiences.js';
import { importPreviewSchema, importReportSchema } from '../../../server/contract/audience-imports.js';
import type {
  NewMember,
  addTagBodySchema,
  optOutPeopleBodySchema,
  removeTagBodySchema,
} from '../../../server/contract/audiences.js';
import { erasureSchema } from '../../../server/contract/erasures.js';
import { personExportSchema } from '../../../server/contract/person-exports.js';
import { contactsResyncSchema } from '../../../server/contract/contacts.js';
import { newIdempotencyKey, requestDone, requestOne } from '../lib/api-client.js';
import {
  audienceKey,
  audiencePath,
  audiencesQuery,
  anyContactsKey,
  contactsSummaryQuery,
  membersKey,
  optOutsQuery,
  personPath,
  tagsQuery,
} from './queries.js';
import { audiencePreviewKey } from '../draft/reach-query.js';
import { sessionPath } from '../lib/paths.js';

/** A change of people shows in lists, tags and in the counts of the composer alike. */
function readPeopleAgain(client: QueryClient): Promise<unknown> {
  const keys = [audiencesQuery.queryKey, audienceKey, membersKey(), tagsQuery.queryKey, optOutsQuery.queryKey];
  return Promise.all([...keys, audiencePreviewKey].map((queryKey) => client.invalidateQueries({ queryKey })));
}

function usePeopleChange<Wanted, Answer>(work: (wanted: Wanted) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: work, onSuccess: () => readPeopleAgain(client) });
}

export function useCreateList() {
  return usePeopleChange((name: string) =>
    requestOne(audienceListSchema, '/audiences', {
      method: 'POST',
      body: { name },
      idempotencyKey: newIdempotencyKey(),
    }),
  );
}

export function useRenameList() {
  return usePeopleChange(({ id, name }: { id: string; name: string }) =>
    requestOne(audienceListSchema, audiencePath(id), { method: 'PATCH', body: { name } }),
  );
}

export function useDeleteList() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => requestDone(audiencePath(id), { method: 'DELETE' }),
    onSuccess: (_nothing, id) => {
      // What is gone is not asked for again by the screen that is about to close.
      client.removeQueries({ queryKey: membersKey(id) });
      return Promise.all([
        client.invalidateQueries({ queryKey: audiencesQuery.queryKey }),
        client.invalidateQueries({ queryKey: audiencePreviewKey }),
      ]);
    },
  });
}

export function useAddMembers() {
  return usePeopleChange(({ listId, members }: { listId: string; members: NewMember[] }) =>
    requestOne(membersChangedSchema, `${audiencePath(listId)}/members`, { method: 'POST', body: { members } }),
  );
}

export function useRemoveMembers() {
  return usePeopleChange(({ listId, numbers }: { listId: string; numbers: string[] }) =>
    requestOne(membersChangedSchema, `${audiencePath(listId)}/remove-members`, { method: 'POST', body: { numbers } }),
  );
}

/** A file for a list; `columns` says what its columns are used as, and is found out where it is missing. */
export interface ImportWish {
  listId: string;
  csv: File;
  columns?: string | undefined;
}

/** Changes nothing. */
export function usePreviewImport() {
  return useMutation({
    mutationFn: ({ listId, csv, columns }: ImportWish) =>
      requestOne(importPreviewSchema, `${audiencePath(listId)}/import-preview`, {
        method: 'POST',
        csvFile: csv,
        query: { columns },
      }),
  });
}

export function useImportMembers() {
  return usePeopleChange(({ listId, csv, columns }: ImportWish) =>
    requestOne(importReportSchema, `${audiencePath(listId)}/import`, {
      method: 'POST',
      csvFile: csv,
      query: { columns },
    }),
  );
}

export function useAddTag() {
  return usePeopleChange((body: z.input<typeof addTagBodySchema>) =>
    requestOne(tagChangedSchema, '/tags/add-people', { method: 'POST', body }),
  );
}

export function useRemoveTag() {
  return usePeopleChange((body: z.input<typeof removeTagBodySchema>) =>
    requestOne(tagChangedSchema, '/tags/remove-people', { method: 'POST', body }),
  );
}

export function useAddOptOuts() {
  return usePeopleChange((body: z.input<typeof optOutPeopleBodySchema>) =>
    requestOne(optedOutSchema, '/opt-outs/add-people', { method: 'POST', body }),
  );
}

export function useDeleteOptOut() {
  return usePeopleChange(({ phoneNumber, sessionId }: { phoneNumber: string; sessionId: string | null }) =>
    requestDone(`/opt-outs/${encodeURIComponent(phoneNumber)}`, {
      method: 'DELETE',
      query: { sessionId: sessionId ?? undefined },
    }),
  );
}

/** Everything that is kept of one person; by number, or by LID with `@lid`. */
export function useExportPerson() {
  return useMutation({
    mutationFn: (address: string) => requestOne(personExportSchema, `${personPath(address)}/export`),
  });
}

/** Erases one person from all accounts; what it answers is the receipt. */
export function useErasePerson() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ address, optOut, force }: { address: string; optOut: boolean; force: boolean }) =>
      requestOne(erasureSchema, personPath(address), {
        method: 'DELETE',
        query: { optOut: String(optOut), force: String(force) },
      }),
    onSuccess: () => Promise.all([readPeopleAgain(client), client.invalidateQueries({ queryKey: anyContactsKey })]),
  });
}

/** Asks the phone for its contacts again; they come in the background. */
export function useResyncContacts() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) =>
      requestOne(contactsResyncSchema, `${sessionPath(sessionId)}/contacts/resync`, { method: 'POST' }),
    onSuccess: (_answer, sessionId) => client.invalidateQueries({ queryKey: contactsSummaryQuery(sessionId).queryKey }),
  });
}

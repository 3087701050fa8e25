import type { Reply } from '../contract/inbox/replies.js';
import { type RecordFile, recordFiles } from '../lib/csv/record-files.js';

const columns = [
  'replyId',
  'sessionId',
  'personId',
  'number',
  'lid',
  'name',
  'statusId',
  'kind',
  'text',
  'fileState',
  'fileName',
  'fileUrl',
  'sentAt',
  'receivedAt',
  'readAt',
  'editedAt',
  'takenBackAt',
  'optedOut',
  'answers',
] as const;

type FlatReply = Record<(typeof columns)[number], string | number | boolean | null>;

const flatFile = recordFiles<FlatReply>(columns).csv;

/** The forms in which replies come as a file: a row has how many answers there were, a line of JSON has the answers. */
export const repliesFiles: Readonly<Record<'csv' | 'jsonl', RecordFile<Reply>>> = {
  csv: { ...flatFile, textOf: (pages) => flatFile.textOf(flatPages(pages)) },
  jsonl: recordFiles<Reply>([]).jsonl,
};

async function* flatPages(pages: AsyncIterable<readonly Reply[]>): AsyncGenerator<FlatReply[]> {
  for await (const page of pages) yield page.map(flat);
}

function flat({ id, person, status, file, answers, ...reply }: Reply): FlatReply {
  const { sessionId, kind, text, sentAt, receivedAt, readAt, editedAt, takenBackAt, optedOut } = reply;
  return {
    replyId: id,
    sessionId,
    ...person,
    statusId: status.id,
    kind,
    text,
    fileState: file?.state ?? null,
    fileName: file?.filename ?? null,
    fileUrl: file?.url ?? null,
    sentAt,
    receivedAt,
    readAt,
    editedAt,
    takenBackAt,
    optedOut,
    answers: answers.length,
  };
}

import { sentenceOf } from '../lib/api-client.js';
import { Note } from './note.js';

/** Why something did not work, read out at once; nothing as long as it did not fail. `title`: what was not done. */
export function FailureNote({ error, title }: { error: unknown; title?: string | undefined }) {
  if (error === null || error === undefined) return null;
  return (
    <Note tone="bad" title={title} alert>
      {sentenceOf(error)}
    </Note>
  );
}

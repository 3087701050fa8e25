import { Button } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import type { Session } from '../../../../server/contract/sessions.js';
import { formatMoment } from '../../lib/format.js';
import { useResumePosting } from './pace.js';
import { say, sayFailure } from '../../ui/say.js';
import { useNow } from '../../lib/use-now.js';
import { Note } from '../../ui/note.js';
import classes from './posting-pause-note.module.css';

/** Why an account posts nothing for now, until when, and going on before that. Nothing while it may post. */
export function PostingPauseNote({ session }: { session: Session }) {
  const nowMs = useNow();
  const resume = useResumePosting(session.sessionId);
  const { postingPause: pause } = session;
  if (pause === null || Date.parse(pause.until) <= nowMs) return null;
  return (
    <Note tone="bad" title="Posting is paused">
      {pause.message} Posts wait and go out by themselves after {formatMoment(pause.until)}.
      <div className={classes.resume}>
        <Button
          variant="white"
          color="dark"
          size="compact-md"
          loading={resume.isPending}
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => {
            resume.mutate(undefined, {
              onError: sayFailure('Posting was not resumed'),
              onSuccess: () => {
                say(`${session.sessionName} posts again.`);
              },
            });
          }}
        >
          Resume posting
        </Button>
        <span className={classes.advice}>Look at the phone first. If WhatsApp warns there, wait.</span>
      </div>
    </Note>
  );
}

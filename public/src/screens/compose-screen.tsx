import { Button, Skeleton } from '@mantine/core';
import { IconDeviceMobile, IconPlus, IconSend2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { countCharacters, maxTextLength } from '../../../server/contract/status-text.js';
import { useSendStatus } from '../actions.js';
import { newIdempotencyKey, sentenceOf } from '../api-client.js';
import { parseNumbers } from '../audience-numbers.js';
import { AccountPicker } from '../components/account-picker.js';
import { AudiencePicker } from '../components/audience-picker.js';
import { EmptyState } from '../components/empty-state.js';
import { LoadFailure } from '../components/load-failure.js';
import { Note } from '../components/note.js';
import { PhonePreview } from '../components/phone-preview.js';
import { ScreenTitle } from '../components/screen-title.js';
import { StylePicker } from '../components/style-picker.js';
import { TextField } from '../components/text-field.js';
import { clearDraftText, useDraft } from '../draft.js';
import { formatNumber } from '../format.js';
import { canPost } from '../session-states.js';
import { sessionsQuery } from '../queries.js';
import { LinkButton } from '../components/link-button.js';
import classes from './compose-screen.module.css';

/** Writes a text status with a preview beside it, and posts it. */
export function ComposeScreen() {
  const sessions = useQuery(sessionsQuery);
  const { account } = useSearch({ from: '/compose' });
  const navigate = useNavigate();
  const { draft, change } = useDraft();
  const [picked, setPicked] = useState<string | null>(account ?? null);
  const send = useSendStatus();
  // One key per attempt at this draft: pressing "Post" again after a lost answer does not post twice.
  const idempotencyKey = useMemo(newIdempotencyKey, [draft, picked]);
  const numbersText = useDeferredValue(draft.numbers);
  const parsed = useMemo(() => parseNumbers(numbersText), [numbersText]);

  const items = sessions.data?.items ?? [];
  const session =
    items.find((each) => each.sessionId === picked) ?? items.find((each) => each.connected) ?? items[0] ?? null;

  if (sessions.isPending) return <ComposeSkeleton />;
  if (sessions.isError && sessions.data === undefined) {
    return <LoadFailure error={sessions.error} retry={() => void sessions.refetch()} />;
  }
  if (session === null) return <NoAccountYet />;

  const length = countCharacters(draft.text);
  const toNumbers = draft.audience === 'numbers';
  const problem = firstProblem({
    canPost: canPost(session),
    empty: draft.text.trim() === '',
    tooLong: length > maxTextLength,
    noNumbers: toNumbers && parsed.numbers.length === 0,
    tooManyNumbers: toNumbers && parsed.tooMany,
    numbersPending: numbersText !== draft.numbers,
  });
  const people = parsed.numbers.length;
  const label =
    toNumbers && people > 0 ? `Post to ${formatNumber(people)} ${people === 1 ? 'person' : 'people'}` : 'Post';

  function post(sessionId: string): void {
    send.mutate(
      {
        sessionId,
        idempotencyKey,
        body: {
          type: 'text',
          content: draft.text,
          style: { backgroundColor: draft.backgroundColor, font: draft.font },
          ...(toNumbers ? { targetNumbers: parsed.numbers } : {}),
        },
      },
      {
        onSuccess: (status) => {
          clearDraftText();
          void navigate({
            to: '/posts/$sessionId/$statusId',
            params: { sessionId: status.sessionId, statusId: status.id },
          });
        },
      },
    );
  }

  return (
    <>
      <ScreenTitle title="New post" hint="A text status. It stays up for 24 hours." />
      <div className={classes.grid}>
        <div className={classes.write}>
          <AccountPicker sessions={items} value={session} onChange={setPicked} />
          <TextField
            value={draft.text}
            onChange={(text) => {
              change({ text });
            }}
            length={length}
          />
          <StylePicker backgroundColor={draft.backgroundColor} font={draft.font} onChange={change} />
        </div>
        <aside className={classes.preview} aria-label="Preview">
          <PhonePreview
            text={draft.text}
            style={{ backgroundColor: draft.backgroundColor, font: draft.font }}
            account={session.pushName ?? session.sessionName}
            when="Just now"
            placeholder="Type a status"
          />
          <p className={classes.previewHint}>A preview. Phones differ a little in size and fonts.</p>
        </aside>
        <div className={classes.send}>
          <AudiencePicker
            audience={draft.audience}
            numbers={draft.numbers}
            parsed={parsed}
            account={session}
            onChange={change}
          />
          {send.isError ? (
            <Note tone="bad" title="It was not posted" alert>
              {sentenceOf(send.error)}
            </Note>
          ) : null}
          <div className={classes.post}>
            <Button
              size="lg"
              disabled={problem !== null}
              loading={send.isPending}
              leftSection={<IconSend2 size={20} aria-hidden />}
              onClick={() => {
                post(session.sessionId);
              }}
              aria-describedby="post-problem"
            >
              {label}
            </Button>
            <p id="post-problem" className={classes.problem} aria-live="polite">
              {problem}
            </p>
          </div>
        </div>
      </div>
    </>
  );
}

interface Readiness {
  canPost: boolean;
  empty: boolean;
  tooLong: boolean;
  noNumbers: boolean;
  tooManyNumbers: boolean;
  numbersPending: boolean;
}

/** Why it cannot be posted yet, in the order in which a person would mend it. */
function firstProblem(ready: Readiness): string | null {
  if (!ready.canPost) return 'This account cannot post now.';
  if (ready.empty) return 'Write something to post.';
  if (ready.tooLong) return `Shorten it to ${String(maxTextLength)} characters.`;
  if (ready.numbersPending) return 'Reading the numbers…';
  if (ready.noNumbers) return 'Add at least one number.';
  if (ready.tooManyNumbers) return 'These are more numbers than one post may have.';
  return null;
}

function NoAccountYet() {
  return (
    <>
      <ScreenTitle title="New post" />
      <EmptyState
        art={<IconDeviceMobile size={64} stroke={1.1} />}
        title="Link an account first"
        action={
          <LinkButton to="/accounts" leftSection={<IconPlus size={18} aria-hidden />}>
            Go to accounts
          </LinkButton>
        }
      >
        A post goes out from one of your WhatsApp numbers. Link it once, then write.
      </EmptyState>
    </>
  );
}

function ComposeSkeleton() {
  return (
    <>
      <ScreenTitle title="New post" hint="A text status. It stays up for 24 hours." />
      <div className={classes.grid} role="status" aria-label="Loading">
        <div className={classes.write}>
          <Skeleton height={64} radius={14} />
          <Skeleton height={180} radius={14} />
          <Skeleton height={120} radius={14} />
        </div>
        <div className={classes.preview}>
          <Skeleton height={560} width={300} radius={42} />
        </div>
      </div>
    </>
  );
}

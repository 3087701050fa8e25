import { Button, Skeleton } from '@mantine/core';
import { IconDeviceMobile, IconPlus, IconSend2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Session } from '../../../server/contract/sessions.js';
import { newIdempotencyKey } from '../lib/api-client.js';
import { AccountsPicker } from './audience/accounts-picker.js';
import { AudiencePicker } from './audience/audience-picker.js';
import { AudienceReach } from './audience/audience-reach.js';
import { ComposeContent } from './content/compose-content.js';
import { EmptyState } from '../ui/empty-state.js';
import { LoadFailure } from '../ui/load-failure.js';
import { FailureNote } from '../ui/failure-note.js';
import { SaveTemplate } from './save-template.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { StatusPreview } from '../post-look/status-preview.js';
import { LinkTracking } from './content/link-tracking.js';
import { TextSplit } from './content/text-split.js';
import { TypePicker } from './content/type-picker.js';
import { VariableFields } from './content/variable-fields.js';
import { WhenPicker } from './when-picker.js';
import { useDraft } from '../draft/draft.js';
import { problemOf, shownOf } from '../draft/draft-post.js';
import { firstPart } from '../draft/draft-series.js';
import { filledDraft } from '../draft/draft-variables.js';
import { useSlotProblem } from './free-slot.js';
import { postLabel } from './post-label.js';
import { SaveDraft } from './save-draft.js';
import { usePostDraft } from './use-post-draft.js';
import { useChosenAudience } from './audience/use-chosen-audience.js';
import { useLinkPreview } from './content/use-link-preview.js';
import { useReach } from './audience/use-reach.js';
import { canPost } from '../account-look/session-states.js';
import { sessionsQuery, useAccountNames } from '../accounts/queries.js';
import { LinkButton } from '../ui/link-button.js';
import classes from './compose-screen.module.css';

const hint = 'Text, picture, video, voice or link. It stays up for 24 hours.';

/** Who would get it is asked of each account; for more than these it would take too long. */
const countedAccounts = 20;

/** Writes a status with a preview beside it, and posts it now or plans it. */
export function ComposeScreen() {
  const sessions = useQuery(sessionsQuery);
  const { account } = useSearch({ from: '/compose' });
  const { draft, change } = useDraft();
  const [picked, setPicked] = useState<string | null>(account ?? null);
  const posting = usePostDraft();
  const link = useLinkPreview(draft.type === 'url' ? draft.link : '');
  // One key per attempt at this draft: pressing "Post" again after a lost answer does not post twice.
  const idempotencyKey = useMemo(newIdempotencyKey, [draft, picked]);
  const chosen = useChosenAudience(draft);

  const items = sessions.data?.items ?? [];
  const session =
    items.find((each) => each.sessionId === picked) ?? items.find((each) => each.connected) ?? items[0] ?? null;
  const several = draft.accounts !== null && items.length > 1 ? draft.accounts : null;
  const accounts =
    several === null
      ? items.filter((each) => each === session)
      : items.filter((each) => several.includes(each.sessionId) && canPost(each));
  const names = useAccountNames();
  const accountIds = accounts.map(({ sessionId }) => sessionId);
  const canCount = accounts.length > 0 && accounts.length <= countedAccounts;
  const reach = useReach(canCount ? accountIds : [], chosen.body);
  const slotProblem = useSlotProblem(draft.when === 'slot', accounts);

  if (sessions.isPending) return <ComposeSkeleton />;
  if (sessions.isError && sessions.data === undefined) {
    return <LoadFailure error={sessions.error} retry={() => void sessions.refetch()} />;
  }
  if (session === null) return <NoAccountYet />;

  const toSelf = draft.audience === 'self';
  const isNobody = !toSelf && reach.isCurrent && reach.people === 0;
  const problem =
    accountProblem(several, accounts) ??
    problemOf(draft, chosen.problem ?? (isNobody ? 'Nobody would get this.' : null)) ??
    slotProblem;
  const people = !toSelf && reach.isCurrent ? reach.people : null;

  return (
    <>
      <ScreenTitle title="New post" hint={hint} />
      <div className={classes.grid}>
        <div className={classes.write}>
          <AccountsPicker sessions={items} single={session} onSingle={setPicked} draft={draft} onChange={change} />
          <TypePicker
            value={draft.type}
            onChange={(type) => {
              change({ type });
            }}
          />
          <ComposeContent draft={draft} onChange={change} link={link}>
            <VariableFields draft={draft} onChange={change} />
            <LinkTracking draft={draft} onChange={change} />
            <TextSplit draft={draft} onChange={change} />
          </ComposeContent>
        </div>
        <aside className={classes.preview} aria-label="Preview">
          <StatusPreview
            post={shownOf(firstPart(filledDraft(draft, session)), link.data?.preview ?? null)}
            account={session.pushName ?? session.sessionName}
            when="Just now"
          />
          <p className={classes.previewHint}>A preview. Phones differ a little in size and fonts.</p>
        </aside>
        <div className={classes.send}>
          <AudiencePicker choice={draft} chosen={chosen} account={session} onChange={change} />
          {toSelf || !canCount || chosen.body === null ? null : (
            <AudienceReach reach={reach} accountNames={names} isNow={draft.when === 'now'} />
          )}
          <WhenPicker draft={draft} accounts={accounts} onChange={change} />
          <FailureNote error={posting.error} title="It was not posted" />
          <div className={classes.post}>
            <Button
              size="lg"
              disabled={problem !== null}
              loading={posting.isPending}
              leftSection={<IconSend2 size={20} aria-hidden />}
              onClick={() => {
                posting.post({ draft, accounts, audience: chosen.body, idempotencyKey });
              }}
              aria-describedby="post-problem"
            >
              {postLabel(draft.when, accounts.length, people)}
            </Button>
            <p id="post-problem" className={classes.problem} aria-live="polite">
              {problem}
            </p>
            <SaveDraft draft={draft} audience={chosen.body} sessionIds={accountIds} />
            <SaveTemplate draft={draft} />
          </div>
        </div>
      </div>
    </>
  );
}

function accountProblem(several: readonly string[] | null, accounts: readonly Session[]): string | null {
  if (several !== null) return accounts.length === 0 ? 'Choose at least one account.' : null;
  return accounts.every(canPost) ? null : 'This account cannot post now.';
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
      <ScreenTitle title="New post" hint={hint} />
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

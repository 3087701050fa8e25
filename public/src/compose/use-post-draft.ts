import { useNavigate } from '@tanstack/react-router';
import type { Session } from '../../../server/contract/sessions.js';
import type { Status } from '../../../server/contract/statuses.js';
import { useSendSeries, useSendStatus } from '../posts/actions.js';
import type { AudienceInput } from '../draft/audience-choice.js';
import { clearPosted } from '../draft/draft.js';
import type { Draft } from '../draft/draft.js';
import { bodyOf } from '../draft/draft-post.js';
import { isSplit, seriesBodyOf } from '../draft/draft-series.js';
import { newRepeat, scheduleTimeOf, timeZoneOf } from '../draft/draft-time.js';
import { deletePostedDraft } from '../draft/saved-drafts.js';
import { useCreateBroadcast, useCreateSchedules } from '../planning/actions.js';
import { say } from '../ui/say.js';

interface Posting {
  draft: Draft;
  accounts: readonly Session[];
  audience: AudienceInput | null;
  idempotencyKey: string;
}

/** What is posted is no draft any more, here and on the server. */
function finish({ draftId }: Draft): void {
  clearPosted();
  if (draftId !== null) deletePostedDraft(draftId);
}

/** Posts or plans a draft, on one account or several, and goes where its result shows. */
export function usePostDraft() {
  const navigate = useNavigate();
  const send = useSendStatus();
  const series = useSendSeries();
  const broadcast = useCreateBroadcast();
  const schedules = useCreateSchedules();

  function repeat({ draft, accounts, audience, idempotencyKey }: Posting): void {
    const timeZone = timeZoneOf(draft);
    const body = {
      status: bodyOf(draft, audience),
      ...scheduleTimeOf(draft.repeat ?? newRepeat(timeZone), timeZone),
    };
    const sessionIds = accounts.map(({ sessionId }) => sessionId);
    schedules.mutate(
      { sessionIds, body, idempotencyKey },
      {
        onSuccess: () => {
          finish(draft);
          say('Pause or change it here at any time.', 'It repeats from now on');
          void navigate({ to: '/calendar/repeating' });
        },
      },
    );
  }

  function show(draft: Draft, status: Status | undefined): void {
    finish(draft);
    if (status === undefined) return;
    const { sessionId, id } = status;
    void navigate({ to: '/posts/$sessionId/$statusId', params: { sessionId, statusId: id } });
  }

  function post(posting: Posting): void {
    const { draft, accounts, audience, idempotencyKey } = posting;
    const [first] = accounts;
    if (first === undefined) return;
    if (draft.when === 'repeat') {
      repeat(posting);
      return;
    }
    if (isSplit(draft)) {
      const body = seriesBodyOf(draft, audience);
      series.mutate(
        { sessionId: first.sessionId, body, idempotencyKey },
        { onSuccess: ({ statuses }) => show(draft, statuses[0]) },
      );
      return;
    }
    const body = bodyOf(draft, audience);
    if (accounts.length === 1) {
      send.mutate({ sessionId: first.sessionId, body, idempotencyKey }, { onSuccess: (status) => show(draft, status) });
      return;
    }
    const sessionIds = accounts.map(({ sessionId }) => sessionId);
    const staggerSeconds = draft.when === 'slot' ? 0 : draft.staggerSeconds;
    broadcast.mutate(
      { body: { ...body, sessionIds, staggerSeconds }, idempotencyKey },
      {
        onSuccess: ({ id }) => {
          finish(draft);
          void navigate({ to: '/broadcasts/$broadcastId', params: { broadcastId: id } });
        },
      },
    );
  }

  const attempts = [send, series, broadcast, schedules];
  return {
    post,
    isPending: attempts.some(({ isPending }) => isPending),
    error: attempts.find(({ isError }) => isError)?.error ?? null,
  };
}

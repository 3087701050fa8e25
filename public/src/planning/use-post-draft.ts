import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import type { Session } from '../../../server/contract/sessions.js';
import { useSendStatus } from '../actions.js';
import type { AudienceInput } from '../audience-choice.js';
import { clearPosted } from '../draft.js';
import type { Draft } from '../draft.js';
import { bodyOf } from '../draft-post.js';
import { newRepeat, scheduleTimeOf, timeZoneOf } from './draft-time.js';
import { deletePostedDraft } from './saved-drafts.js';
import { useCreateBroadcast, useCreateSchedules } from './plan-actions.js';

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
          notifications.show({ title: 'It repeats from now on', message: 'Pause or change it here at any time.' });
          void navigate({ to: '/calendar/repeating' });
        },
      },
    );
  }

  function post(posting: Posting): void {
    const { draft, accounts, audience, idempotencyKey } = posting;
    const [first] = accounts;
    if (first === undefined) return;
    if (draft.when === 'repeat') {
      repeat(posting);
      return;
    }
    const body = bodyOf(draft, audience);
    if (accounts.length === 1) {
      send.mutate(
        { sessionId: first.sessionId, body, idempotencyKey },
        {
          onSuccess: ({ sessionId, id }) => {
            finish(draft);
            void navigate({ to: '/posts/$sessionId/$statusId', params: { sessionId, statusId: id } });
          },
        },
      );
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

  const attempts = [send, broadcast, schedules];
  return {
    post,
    isPending: attempts.some(({ isPending }) => isPending),
    error: attempts.find(({ isError }) => isError)?.error ?? null,
  };
}

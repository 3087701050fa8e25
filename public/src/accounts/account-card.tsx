import { Button } from '@mantine/core';
import { IconGauge, IconLink, IconPencilPlus, IconRefresh, IconTrash } from '@tabler/icons-react';
import type { Session } from '../../../server/contract/sessions.js';
import { useRestartSession } from './actions.js';
import { formatPhoneNumber } from '../lib/format.js';
import { isLinked, isLinking, sessionStateWords } from '../account-look/session-states.js';
import { AccountAvatar } from '../account-look/account-avatar.js';
import { AccountHealth } from './account-health.js';
import { PostingPauseNote } from './pace/posting-pause-note.js';
import { ToneBadge } from '../ui/tone-badge.js';
import { LinkButton } from '../ui/link-button.js';
import { sayFailure } from '../ui/say.js';
import { MoreAction, MoreMenu } from '../ui/more-menu.js';
import classes from './account-card.module.css';

interface AccountCardProps {
  session: Session;
  onDelete: (session: Session) => void;
}

/** One account: who it is, how it is, and what can be done about it. */
export function AccountCard({ session, onDelete }: AccountCardProps) {
  const restart = useRestartSession();
  const words = sessionStateWords[session.state];
  const number = session.ownNumber ?? session.phoneNumber;

  function restartNow(): void {
    restart.mutate(session.sessionId, {
      onError: sayFailure('The account was not restarted'),
    });
  }

  return (
    <article className={classes.card} aria-label={session.sessionName}>
      <div className={classes.head}>
        <AccountAvatar session={session} />
        <div className={classes.who}>
          <h2 className={classes.name}>{session.sessionName}</h2>
          <p className={classes.number}>{number === null ? 'No number yet' : formatPhoneNumber(number)}</p>
        </div>
        <MoreMenu label={`More for ${session.sessionName}`} size="md">
          <MoreAction Icon={IconRefresh} onAct={restartNow}>
            Restart
          </MoreAction>
          <MoreAction
            Icon={IconTrash}
            isDanger
            onAct={() => {
              onDelete(session);
            }}
          >
            Delete…
          </MoreAction>
        </MoreMenu>
      </div>
      <div className={classes.state}>
        <ToneBadge tone={words.tone} busy={words.tone === 'waiting' || session.state === 'disconnected'}>
          {words.label}
        </ToneBadge>
        <span className={classes.count}>
          {session.statusCount === 1 ? '1 post' : `${String(session.statusCount)} posts`}
        </span>
      </div>
      <AccountHealth session={session} />
      <PostingPauseNote session={session} />
      <div className={classes.actions}>
        {session.connected ? (
          <LinkButton
            to="/compose"
            search={{ account: session.sessionId }}
            variant="light"
            leftSection={<IconPencilPlus size={18} aria-hidden />}
          >
            Write a post
          </LinkButton>
        ) : null}
        {isLinked(session) ? (
          <LinkButton
            to="/accounts/$sessionId/pace"
            params={{ sessionId: session.sessionId }}
            variant="default"
            leftSection={<IconGauge size={18} stroke={1.7} aria-hidden />}
          >
            Pace
          </LinkButton>
        ) : null}
        {isLinking(session) || !isLinked(session) ? (
          <LinkButton
            to="/accounts/$sessionId/link"
            params={{ sessionId: session.sessionId }}
            leftSection={<IconLink size={18} aria-hidden />}
          >
            {isLinking(session) ? 'Continue linking' : 'Link this account'}
          </LinkButton>
        ) : null}
        {isLinked(session) && ['stopped', 'failed', 'disconnected'].includes(session.state) ? (
          <Button
            variant="light"
            loading={restart.isPending}
            onClick={restartNow}
            leftSection={<IconRefresh size={18} aria-hidden />}
          >
            {session.state === 'disconnected' ? 'Try now' : 'Restart'}
          </Button>
        ) : null}
      </div>
    </article>
  );
}

import { Anchor, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Reply } from '../../../server/contract/inbox/replies.js';
import { sayFailure } from '../ui/say.js';
import { formatMoment } from '../lib/format.js';
import { addressOf } from '../lib/server-address.js';
import { useFetchFile, useMarkReply } from './actions.js';
import { AnswerBox, Answers } from './answer-box.js';
import { ReplyWords } from './reply-text.js';
import { comingFile, mayBeFetched, missingFile, nameOfSender, postWords } from './reply-words.js';
import classes from './reply-row.module.css';

interface ReplyRowProps {
  reply: Reply;
  /** The name of the account; empty where there is only one. */
  account: string;
}

/** One message that answers a post. */
export function ReplyRow({ reply, account }: ReplyRowProps) {
  const mark = useMarkReply();
  const { person, status, sentAt, readAt, editedAt, takenBackAt, optedOut } = reply;
  const isRead = readAt !== null;
  const name = nameOfSender(person);
  const facts = [formatMoment(sentAt), ...(account === '' ? [] : [account])];
  if (editedAt !== null) facts.push('changed by its sender');
  if (optedOut) facts.push('gets no more posts: it was a word to opt out');
  return (
    <li className={classes.row} data-unread={!isRead || undefined}>
      <div className={classes.head}>
        <span className={classes.name} dir="auto">
          {isRead ? null : <span className={classes.dot} role="img" aria-label="Unread" />}
          {name}
        </span>
        <span className={classes.facts}>{facts.join(' · ')}</span>
      </div>
      <ReplyWords reply={reply} />
      <ReplyFileLine reply={reply} />
      <Answers answers={reply.answers} />
      <div className={classes.foot}>
        <Link
          to="/posts/$sessionId/$statusId"
          params={{ sessionId: reply.sessionId, statusId: status.id }}
          className={classes.post}
        >
          To your post: {postWords(status)}
        </Link>
        <Button
          variant="subtle"
          size="compact-sm"
          loading={mark.isPending}
          onClick={() => {
            mark.mutate({ reply, isRead: !isRead }, { onError: sayFailure('It was not marked') });
          }}
        >
          {isRead ? 'Mark as unread' : 'Mark as read'}
        </Button>
        {takenBackAt === null ? <AnswerBox reply={reply} name={name} /> : null}
      </div>
    </li>
  );
}

function ReplyFileLine({ reply }: { reply: Reply }) {
  const { file } = reply;
  if (file === null) return null;
  if (file.state !== 'kept' || file.url === null) {
    return (
      <p className={classes.file}>
        {file.state === 'fetching' ? comingFile(reply) : missingFile(reply)}{' '}
        {mayBeFetched(reply) ? <FetchAgain reply={reply} /> : null}
      </p>
    );
  }
  return (
    <p className={classes.file}>
      <Anchor href={addressOf(file.url)} download>
        Save the file{file.filename === null ? '' : ` “${file.filename}”`}
      </Anchor>{' '}
      Nobody has looked into it: open it as you would one from a stranger.
    </p>
  );
}

function FetchAgain({ reply }: { reply: Reply }) {
  const fetching = useFetchFile();
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      loading={fetching.isPending}
      onClick={() => {
        fetching.mutate(reply, { onError: sayFailure('The file was not fetched') });
      }}
    >
      Fetch it again
    </Button>
  );
}

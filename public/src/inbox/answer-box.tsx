import { Button, Textarea } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { useState } from 'react';
import type { Answer, Reply } from '../../../server/contract/inbox/replies.js';
import { formatMoment } from '../lib/format.js';
import { sayFailure } from '../ui/say.js';
import { useAnswerReply } from './actions.js';
import { answerState } from './reply-words.js';
import classes from './answer-box.module.css';

/** What was answered to a reply, from here and on the phone. */
export function Answers({ answers }: { answers: readonly Answer[] }) {
  if (answers.length === 0) return null;
  return (
    <ul className={classes.answers} aria-label="Your answers">
      {answers.map((answer) => (
        <li key={answer.id} className={classes.answer}>
          <span className={classes.words} dir="auto">
            {answer.text ?? answer.type}
          </span>
          <span className={classes.state} data-failed={answer.state === 'failed' || undefined}>
            {formatMoment(answer.sentAt ?? answer.createdAt)} · {answerState(answer)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Where a reply is answered, once somebody wants to. */
export function AnswerBox({ reply, name }: { reply: Reply; name: string }) {
  /** Null until it was opened: then the keyboard goes on from the button when it closes. */
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const [words, setWords] = useState('');
  const answer = useAnswerReply(reply);
  if (isOpen !== true) {
    return (
      <Button
        variant="light"
        size="compact-sm"
        autoFocus={isOpen === false}
        onClick={() => {
          setOpen(true);
        }}
      >
        Answer
      </Button>
    );
  }
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        answer.mutate(words, {
          onError: sayFailure('The answer was not sent'),
          onSuccess: () => {
            setWords('');
            setOpen(false);
          },
        });
      }}
    >
      <Textarea
        label={`Your answer to ${name}`}
        description="It goes to their private chat, and quotes what they wrote."
        value={words}
        autosize
        minRows={2}
        maxRows={8}
        autoFocus
        onChange={(event) => {
          setWords(event.currentTarget.value);
        }}
      />
      <div className={classes.buttons}>
        <Button
          variant="default"
          size="compact-md"
          onClick={() => {
            setOpen(false);
          }}
        >
          Cancel
        </Button>
        <Button
          type="submit"
          size="compact-md"
          loading={answer.isPending}
          disabled={words.trim() === ''}
          leftSection={<IconSend2 size={16} aria-hidden />}
        >
          Send
        </Button>
      </div>
    </form>
  );
}

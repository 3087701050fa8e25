import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Reply } from '../../../server/contract/inbox/replies.js';
import { beginningOf, wordsOf } from './reply-words.js';
import classes from './reply-row.module.css';

/** What somebody wrote. Of a very long text the beginning, so that one person does not push all others out of sight. */
export function ReplyWords({ reply }: { reply: Reply }) {
  const [isWhole, setWhole] = useState(false);
  const words = wordsOf(reply);
  const beginning = beginningOf(words);
  const isCut = beginning !== words && !isWhole;
  const isWithout = reply.text === null || reply.takenBackAt !== null;
  return (
    <>
      <p className={classes.words} dir="auto" data-without={isWithout || undefined}>
        {isCut ? `${beginning} …` : words}
      </p>
      {isCut ? (
        <Button
          variant="subtle"
          size="compact-sm"
          className={classes.more}
          onClick={() => {
            setWhole(true);
          }}
        >
          Show all of it
        </Button>
      ) : null}
    </>
  );
}

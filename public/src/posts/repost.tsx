import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconCalendarClock, IconRepeat, IconSend2 } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Status } from '../../../server/contract/statuses.js';
import { useRepost } from './actions.js';
import { newIdempotencyKey } from '../lib/api-client.js';
import { browserTimeZone, timeZoneWarning, wallTimeOf } from '../lib/wall-time.js';
import { ChoiceCards } from '../ui/fields/choice-cards.js';
import { Dialog } from '../ui/dialogs/dialog.js';
import { FailureNote } from '../ui/failure-note.js';

const choices = [
  { value: 'now', label: 'Now', hint: 'As soon as the account is free.', Icon: IconSend2 },
  { value: 'later', label: 'Later', hint: 'By itself, at a time you choose.', Icon: IconCalendarClock },
] as const;

/** Posts a past post once more, as it was, for the same choice of people. */
export function Repost({ status, className }: { status: Status; className: string | undefined }) {
  const [isAsking, setAsking] = useState(false);
  const [when, setWhen] = useState<'now' | 'later'>('now');
  const [at, setAt] = useState('');
  // One key per question: pressing the button again after a lost answer does not post twice.
  const [idempotencyKey, setKey] = useState('');
  const repost = useRepost();
  const navigate = useNavigate();
  const isTimeOver = at !== '' && Date.parse(at) <= Date.now();
  const isReady = when === 'now' || (at !== '' && !isTimeOver);

  function change(next: { when?: 'now' | 'later'; at?: string }): void {
    if (next.when !== undefined) setWhen(next.when);
    if (next.at !== undefined) setAt(next.at);
    setKey(newIdempotencyKey());
  }

  function close(): void {
    repost.reset();
    setAsking(false);
  }

  function post(): void {
    const body = when === 'later' ? { scheduledAt: at, timeZone: browserTimeZone() } : {};
    repost.mutate(
      { status, body, idempotencyKey },
      {
        onSuccess: ({ sessionId, id }) => {
          close();
          void navigate({ to: '/posts/$sessionId/$statusId', params: { sessionId, statusId: id } });
        },
      },
    );
  }

  return (
    <>
      <Button
        variant="light"
        leftSection={<IconRepeat size={18} stroke={1.8} aria-hidden />}
        onClick={() => {
          change({});
          setAsking(true);
        }}
        className={className}
      >
        Post it again…
      </Button>
      <Dialog opened={isAsking} onClose={close} size="lg" title="Post it again">
        <Stack>
          <Text>
            The same post, as a new status for 24 hours. Lists, contacts and segments are looked up again, so people who
            are new there get it, too.
          </Text>
          <ChoiceCards
            legend="When"
            name="repost-when"
            choices={choices}
            value={when}
            onChange={(value) => {
              change({ when: value });
            }}
          />
          {when === 'later' ? (
            <TextInput
              label="Date and time"
              description={timeZoneWarning() ?? `In your time zone, ${browserTimeZone().replaceAll('_', ' ')}.`}
              size="md"
              type="datetime-local"
              min={wallTimeOf(new Date())}
              value={at}
              onChange={(event) => {
                change({ at: event.currentTarget.value });
              }}
              error={isTimeOver ? 'This time is over. Choose a later one.' : null}
            />
          ) : null}
          <FailureNote error={repost.error} title="It was not posted" />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Not now
            </Button>
            <Button disabled={!isReady} loading={repost.isPending} onClick={post}>
              {when === 'now' ? 'Post again' : 'Schedule'}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

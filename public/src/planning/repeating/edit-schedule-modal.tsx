import { Button, Group, Stack, TextInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Schedule } from '../../../../server/contract/planning/schedules.js';
import { sendStatusBodySchema } from '../../../../server/contract/statuses.js';
import { Note } from '../../ui/note.js';
import { wallTimeIn } from '../../lib/days.js';
import { newRepeat, scheduleTimeOf, timeZoneOf } from '../../draft/draft-time.js';
import { useChangeSchedule } from '../actions.js';
import { repeatOf, repeatProblem, type Repeat } from '../../draft/repeat.js';
import { RepeatPicker } from '../../draft/repeat-picker.js';
import { wordsOfRule } from '../../draft/repeat-words.js';
import { scheduleTitle } from './schedule-title.js';
import { Dialog } from '../../ui/dialogs/dialog.js';
import { FailureNote } from '../../ui/failure-note.js';

interface EditScheduleModalProps {
  /** The schedule in question; null keeps the dialog closed. */
  schedule: Schedule | null;
  onClose: () => void;
}

/** Changes what a repeating post says, and when it comes. */
export function EditScheduleModal({ schedule, onClose }: EditScheduleModalProps) {
  return (
    <Dialog opened={schedule !== null} onClose={onClose} size="lg" title="Change this repeating post">
      {schedule === null ? null : <EditForm key={schedule.id} schedule={schedule} onClose={onClose} />}
    </Dialog>
  );
}

function EditForm({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const { status, sessionId, id } = schedule;
  const wordsField = status['type'] === 'text' ? 'content' : 'caption';
  const hasWords = status['type'] !== 'audio';
  const before = typeof status[wordsField] === 'string' ? status[wordsField] : '';
  const offered = repeatOf(schedule.rule, schedule.startsAt);
  const [name, setName] = useState(scheduleTitle(schedule));
  const [words, setWords] = useState(before);
  const [timeZone, setTimeZone] = useState(timeZoneOf(schedule));
  const [repeat, setRepeat] = useState<Repeat | null>(offered ?? null);
  const change = useChangeSchedule();

  const body = sendStatusBodySchema.safeParse({ ...status, [wordsField]: words });
  const isTimeNew = repeat !== (offered ?? null) || timeZone !== schedule.timeZone;
  const timeProblem = repeat === null || !isTimeNew ? null : repeatProblem(repeat, wallTimeIn(Date.now(), timeZone));
  const problem =
    name.trim() === ''
      ? 'Give it a name.'
      : words !== before && !body.success
        ? body.error.issues[0]?.message
        : timeProblem;

  function save(): void {
    change.mutate(
      {
        place: { sessionId, id },
        body: {
          name: name.trim(),
          ...(words !== before && body.success ? { status: body.data } : {}),
          ...(isTimeNew && repeat !== null ? scheduleTimeOf(repeat, timeZone) : {}),
        },
      },
      { onSuccess: onClose },
    );
  }

  return (
    <Stack gap="md">
      <TextInput
        label="Name"
        size="md"
        value={name}
        maxLength={200}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      {hasWords ? (
        <Textarea
          label={status['type'] === 'text' ? 'Text' : 'Caption'}
          size="md"
          autosize
          minRows={2}
          maxRows={8}
          dir="auto"
          value={words}
          onChange={(event) => {
            setWords(event.currentTarget.value);
          }}
        />
      ) : null}
      {repeat === null ? (
        <Note tone="quiet" title={wordsOfRule(schedule.rule, schedule.startsAt)}>
          It was planned through the API, in a way that this screen does not offer.{' '}
          <Button
            variant="light"
            size="compact-sm"
            onClick={() => {
              setRepeat(newRepeat(timeZone));
            }}
          >
            Choose another
          </Button>
        </Note>
      ) : (
        <RepeatPicker
          repeat={repeat}
          timeZone={timeZone}
          onChange={({ repeat: next = repeat, timeZone: nextZone = timeZone }) => {
            setRepeat(next);
            setTimeZone(nextZone);
          }}
        />
      )}
      <FailureNote error={change.error} />
      {problem ? <Note tone="attention">{problem}</Note> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Keep it as it is
        </Button>
        <Button loading={change.isPending} disabled={Boolean(problem)} onClick={save}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}

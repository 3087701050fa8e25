import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { sentenceOf } from '../lib/api-client.js';

/** Long enough to notice and to press "Undo". */
const undoMs = 10_000;

/** Says in a corner what was done. */
export function say(words: string, title?: string): void {
  notifications.show({ title, message: words });
}

/** Says in a corner what did not work. */
export function sayFailure(title: string): (error: unknown) => void {
  return (error) => {
    notifications.show({ color: 'red', title, message: sentenceOf(error) });
  };
}

/** Says in a corner what was done, with a way back for a while. */
export function sayWithUndo(words: string, undo: () => void): void {
  const id = notifications.show({
    autoClose: undoMs,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm">{words}</Text>
        <Button
          variant="light"
          size="compact-sm"
          flex="none"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}

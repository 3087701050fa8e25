import { Button } from '@mantine/core';
import { sentenceOf } from '../lib/api-client.js';
import { EmptyState } from './empty-state.js';

/** A list or object that could not be read, with a way to try again. */
export function LoadFailure({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <EmptyState
      title="This could not be loaded"
      action={
        <Button variant="light" onClick={retry}>
          Try again
        </Button>
      }
    >
      <span role="alert">{sentenceOf(error)}</span>
    </EmptyState>
  );
}

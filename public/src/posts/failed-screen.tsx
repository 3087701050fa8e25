import { Button } from '@mantine/core';
import { EmptyState } from '../ui/empty-state.js';
import { ScreenTitle } from '../ui/screen-title.js';

/** Stands for a screen that could not be shown; the menu around it stays. */
export function FailedScreen({ reset }: { reset: () => void }) {
  return (
    <>
      <ScreenTitle title="This screen could not be shown" />
      <EmptyState title="Something here went wrong" action={<Button onClick={reset}>Try again</Button>}>
        <span role="alert">The other screens are not touched by it. Try again, or reload the page.</span>
      </EmptyState>
    </>
  );
}

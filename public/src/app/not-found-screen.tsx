import { EmptyState } from '../ui/empty-state.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { LinkButton } from '../ui/link-button.js';

export function NotFoundScreen() {
  return (
    <>
      <ScreenTitle title="Page not found" />
      <EmptyState title="There is nothing at this address" action={<LinkButton to="/">To your posts</LinkButton>}>
        It may have been a link to something that was deleted.
      </EmptyState>
    </>
  );
}

import { IconPlus } from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ConnectionBanner } from './connection-banner.js';
import { LivePill } from './live-pill.js';
import { Logo } from './logo.js';
import { MainNav } from './main-nav.js';
import { OwnMenu } from './own-menu.js';
import { LinkButton } from '../ui/link-button.js';
import classes from './app-frame.module.css';

/** Navigation around every screen: beside it on wide windows, under the thumb on phones. */
export function AppFrame() {
  const content = useRef<HTMLElement>(null);
  useHeadingFocus(content);
  return (
    <div className={classes.frame}>
      <a href="#content" className={classes.skip}>
        Skip to content
      </a>
      <header className={classes.side}>
        <Link to="/" className={classes.home} aria-label="Statuscast, to your posts">
          <Logo />
        </Link>
        <LinkButton
          to="/compose"
          size="md"
          leftSection={<IconPlus size={18} stroke={2.4} aria-hidden />}
          className={classes.composeWide}
        >
          New post
        </LinkButton>
        <MainNav />
        <div className={classes.foot}>
          <LivePill />
          <OwnMenu />
        </div>
      </header>
      <main id="content" ref={content} tabIndex={-1} className={classes.content}>
        <ConnectionBanner />
        <Outlet />
      </main>
    </div>
  );
}

/** After a change of screen, keyboard and screen reader start at its heading; the first screen keeps the page's start. */
function useHeadingFocus(content: React.RefObject<HTMLElement | null>): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? state.location.pathname });
  const lastPath = useRef(path);
  useEffect(() => {
    if (lastPath.current === path) return;
    lastPath.current = path;
    const heading = content.current?.querySelector('h1');
    heading?.setAttribute('tabindex', '-1');
    heading?.focus({ preventScroll: true });
  }, [content, path]);
}

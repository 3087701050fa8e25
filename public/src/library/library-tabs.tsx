import { Link } from '@tanstack/react-router';
import classes from './library-tabs.module.css';

/** The two halves of the library. */
export function LibraryTabs() {
  return (
    <nav className={classes.tabs} aria-label="Library">
      <Link to="/library" className={classes.tab} activeOptions={{ exact: true }}>
        Files
      </Link>
      <Link to="/library/templates" className={classes.tab}>
        Templates
      </Link>
    </nav>
  );
}

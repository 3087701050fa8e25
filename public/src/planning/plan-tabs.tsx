import { Link } from '@tanstack/react-router';
import classes from './plan-tabs.module.css';

const tabs = [
  { to: '/calendar', label: 'Calendar' },
  { to: '/calendar/repeating', label: 'Repeating' },
  { to: '/calendar/drafts', label: 'Drafts' },
  { to: '/calendar/slots', label: 'Posting slots' },
] as const;

/** The screens of planning, side by side. */
export function PlanTabs() {
  return (
    <nav className={classes.tabs} aria-label="Planning">
      {tabs.map(({ to, label }) => (
        <Link key={to} to={to} className={classes.tab} activeOptions={{ exact: true, includeSearch: false }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}

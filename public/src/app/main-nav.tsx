import { Menu, UnstyledButton } from '@mantine/core';
import {
  IconAddressBook,
  IconCalendarMonth,
  IconChartBar,
  IconDots,
  IconInbox,
  IconLibraryPhoto,
  IconMessages,
  IconPlus,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { unreadRepliesQuery } from '../inbox/queries.js';
import { formatNumber } from '../lib/format.js';
import classes from './main-nav.module.css';

/** The screens of the navigation. A phone has room for four beside "New post"; of more, the last ones are under "More". */
const entries = [
  { to: '/', label: 'Posts', Icon: IconMessages, exact: true },
  { to: '/calendar', label: 'Calendar', Icon: IconCalendarMonth, exact: false },
  { to: '/accounts', label: 'Accounts', Icon: IconUsers, exact: false },
  { to: '/inbox', label: 'Inbox', Icon: IconInbox, exact: false },
  { to: '/overview', label: 'Overview', Icon: IconChartBar, exact: false },
  { to: '/people', label: 'People', Icon: IconAddressBook, exact: false },
  { to: '/library', label: 'Library', Icon: IconLibraryPhoto, exact: false },
] as const;

const roomOnPhones = 4;
const count: number = entries.length;
const besideOnPhones = count > roomOnPhones ? roomOnPhones - 1 : roomOnPhones;

/** The way to every screen: a list beside it on wide windows, a bar under the thumb on phones. */
export function MainNav() {
  const [before, after] = [entries.slice(0, 2), entries.slice(2)];
  const rest = entries.slice(besideOnPhones);
  return (
    <nav className={classes.nav} aria-label="Main" data-five={count >= roomOnPhones || undefined}>
      {before.map((entry) => (
        <NavLink key={entry.to} entry={entry} />
      ))}
      <Link to="/compose" className={classes.composeTab}>
        <span className={classes.composeDisc}>
          <IconPlus size={24} stroke={2.4} aria-hidden />
        </span>
        New post
      </Link>
      {after.map((entry, index) => (
        <NavLink key={entry.to} entry={entry} isUnderMore={before.length + index >= besideOnPhones} />
      ))}
      {rest.length > 0 ? <RestOfScreens entries={rest} /> : null}
    </nav>
  );
}

function NavLink({ entry, isUnderMore = false }: { entry: (typeof entries)[number]; isUnderMore?: boolean }) {
  const { to, label, Icon, exact } = entry;
  return (
    <Link to={to} className={classes.link} activeOptions={{ exact }} data-under-more={isUnderMore || undefined}>
      <Icon size={22} stroke={1.8} aria-hidden />
      {label}
      {to === '/inbox' ? <UnreadReplies /> : null}
    </Link>
  );
}

function UnreadReplies() {
  const unread = useQuery(unreadRepliesQuery).data?.unread ?? 0;
  if (unread === 0) return null;
  return (
    <span className={classes.count} aria-label={`${formatNumber(unread)} unread`}>
      {unread > 99 ? '99+' : unread}
    </span>
  );
}

/** On phones only: what the bar has no room for. */
function RestOfScreens({ entries: rest }: { entries: readonly (typeof entries)[number][] }) {
  return (
    <Menu position="top-end" shadow="md" radius="md" width={220}>
      <Menu.Target>
        <UnstyledButton className={classes.more}>
          <IconDots size={22} stroke={1.8} aria-hidden />
          More
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {rest.map(({ to, label, Icon }) => (
          <Menu.Item
            key={to}
            leftSection={<Icon size={20} stroke={1.8} aria-hidden />}
            renderRoot={(props: Record<string, unknown>) => <Link to={to} {...props} />}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

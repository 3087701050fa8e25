import { IconArrowLeft } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import classes from './back-link.module.css';

export function BackLink({ to, label }: { to: '/' | '/accounts' | '/people' | '/library/templates'; label: string }) {
  return (
    <Link to={to} className={classes.link}>
      <IconArrowLeft size={17} stroke={2} aria-hidden />
      {label}
    </Link>
  );
}

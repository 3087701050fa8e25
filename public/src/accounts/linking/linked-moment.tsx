import { Group, Title } from '@mantine/core';
import type { ConnectionStatus } from '../../../../server/contract/sessions.js';
import { formatPhoneNumber } from '../../lib/format.js';
import { LinkButton } from '../../ui/link-button.js';
import classes from './linked-moment.module.css';

/** The account is linked: who it is, and what to do first. */
export function LinkedMoment({ connection, name }: { connection: ConnectionStatus; name: string }) {
  const number = connection.ownNumber ?? connection.phoneNumber;
  return (
    <section className={classes.root} role="status">
      <svg className={classes.ring} viewBox="0 0 120 120" aria-hidden>
        <circle className={classes.track} cx="60" cy="60" r="52" />
        <circle className={classes.circle} cx="60" cy="60" r="52" pathLength="100" />
        <path className={classes.tick} d="M38 62l15 15 30-33" pathLength="100" />
      </svg>
      <Title order={2}>{name} is connected</Title>
      <p className={classes.who}>
        {[connection.pushName, number === null ? null : formatPhoneNumber(number)].filter((part) => part).join(' · ')}
      </p>
      <Group justify="center">
        <LinkButton to="/compose" search={{ account: connection.sessionId }} size="md">
          Write your first post
        </LinkButton>
        <LinkButton to="/accounts" variant="default" size="md">
          Back to accounts
        </LinkButton>
      </Group>
    </section>
  );
}

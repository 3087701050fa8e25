import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { BackLink } from '../../ui/back-link.js';
import { LinkByCode } from './link-by-code.js';
import { LinkByQr } from './link-by-qr.js';
import { LinkedMoment } from './linked-moment.js';
import { LinkingSteps } from './linking-steps.js';
import { Loaded } from '../../ui/loaded.js';
import { ScreenTitle } from '../../ui/screen-title.js';
import { connectionQuery, sessionsQuery } from '../queries.js';
import classes from './link-account-screen.module.css';

/** Links one account with its phone: the code, the steps on the phone, and the moment it works. */
export function LinkAccountScreen() {
  const { sessionId } = useParams({ from: '/accounts/$sessionId/link' });
  const sessions = useQuery(sessionsQuery);
  const connection = useQuery(connectionQuery(sessionId));
  const name = sessions.data?.items.find((session) => session.sessionId === sessionId)?.sessionName ?? 'this account';
  return (
    <>
      <ScreenTitle title={`Link ${name}`} back={<BackLink to="/accounts" label="Accounts" />} />
      <Loaded query={connection} skeleton={<Skeleton height={420} radius={22} />}>
        {(data) =>
          data.connected ? (
            <LinkedMoment connection={data} name={name} />
          ) : (
            <div className={classes.panel}>
              <LinkingSteps method={data.authMethod} />
              {data.authMethod === 'qrcode' ? <LinkByQr connection={data} /> : <LinkByCode connection={data} />}
            </div>
          )
        }
      </Loaded>
    </>
  );
}

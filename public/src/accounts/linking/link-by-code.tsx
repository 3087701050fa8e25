import { Button, CopyButton, Loader } from '@mantine/core';
import { IconCheck, IconCopy, IconRefresh } from '@tabler/icons-react';
import type { ConnectionStatus } from '../../../../server/contract/sessions.js';
import { useRequestPairingCode } from '../actions.js';
import { formatPhoneNumber } from '../../lib/format.js';
import { isIdle } from '../../account-look/session-states.js';
import { useLinkingStart } from './use-linking-start.js';
import { useNowEverySecond } from '../../lib/use-now.js';
import { Countdown } from '../../ui/countdown.js';
import { FailureNote } from '../../ui/failure-note.js';
import { Note } from '../../ui/note.js';
import classes from './linking-code.module.css';

/** The eight characters to type on the phone, with the time they have left. */
export function LinkByCode({ connection }: { connection: ConnectionStatus }) {
  const { sessionId, pairingCode, pairingCodeExpiresAt, phoneNumber } = connection;
  const request = useRequestPairingCode();
  const restart = useLinkingStart(connection);
  const nowMs = useNowEverySecond();
  const waiting = connection.state === 'waiting_for_pairing_code';
  const entered = connection.state === 'connecting' && pairingCode !== null;
  const valid =
    !entered && pairingCode !== null && pairingCodeExpiresAt !== null && Date.parse(pairingCodeExpiresAt) > nowMs;
  const expired = !valid && !entered && !restart.isPending && (waiting || pairingCode !== null || isIdle(connection));
  const failure = request.error ?? restart.error;

  return (
    <div className={classes.root}>
      {phoneNumber === null ? null : (
        <p className={classes.caption}>
          Code for <strong>{formatPhoneNumber(phoneNumber)}</strong>
        </p>
      )}
      <div className={classes.code} data-faded={!valid || undefined}>
        {pairingCode === null ? (
          <Loader type="dots" aria-label="Getting a code from WhatsApp" />
        ) : (
          <output className={classes.letters} aria-label={`Code ${pairingCode.split('').join(' ')}`}>
            {pairingCode}
          </output>
        )}
      </div>
      <p className={classes.caption} role="status">
        {valid ? (
          <>
            Valid for <Countdown until={pairingCodeExpiresAt} past="a moment" />
          </>
        ) : null}
        {expired ? 'This code has expired. Get a new one and type that.' : null}
        {entered ? 'Linking. Keep WhatsApp open on the phone…' : null}
        {!valid && !expired && !entered ? 'Getting a code from WhatsApp…' : null}
      </p>
      {valid ? (
        <CopyButton value={pairingCode}>
          {({ copied, copy }) => (
            <Button
              variant="light"
              onClick={copy}
              leftSection={copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
            >
              {copied ? 'Copied' : 'Copy code'}
            </Button>
          )}
        </CopyButton>
      ) : null}
      {expired ? (
        <Button
          loading={request.isPending || restart.isPending}
          onClick={() => {
            request.mutate({ sessionId });
          }}
          leftSection={<IconRefresh size={18} aria-hidden />}
        >
          Get a new code
        </Button>
      ) : null}
      {failure === null && connection.lastError !== null && !valid ? (
        <Note tone="attention">{connection.lastError.message}</Note>
      ) : null}
      <FailureNote error={failure} />
    </div>
  );
}

import { Button, Loader } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { ConnectionStatus } from '../../../../server/contract/sessions.js';
import { useLinkingStart } from './use-linking-start.js';
import { useNowEverySecond } from '../../lib/use-now.js';
import { Countdown } from '../../ui/countdown.js';
import { Note } from '../../ui/note.js';
import { SwitchToCode } from './switch-to-code.js';
import { isIdle } from '../../account-look/session-states.js';
import { FailureNote } from '../../ui/failure-note.js';
import classes from './linking-code.module.css';

/** The QR code as it is renewed, with the time it has left. */
export function LinkByQr({ connection }: { connection: ConnectionStatus }) {
  const restart = useLinkingStart(connection);
  const nowMs = useNowEverySecond();
  const { sessionId, qrCode, qrCodeExpiresAt } = connection;
  const scanned = connection.state === 'connecting';
  const valid = !scanned && qrCode !== null && qrCodeExpiresAt !== null && Date.parse(qrCodeExpiresAt) > nowMs;
  const gaveUp = isIdle(connection) && !valid && !restart.isPending;
  return (
    <div className={classes.root}>
      <div className={classes.qr} data-faded={!valid || undefined}>
        {qrCode === null ? null : <img src={qrCode} alt={valid ? 'QR code to scan with WhatsApp' : ''} />}
        {valid || gaveUp ? null : (
          <span className={classes.over}>
            <Loader size={30} aria-hidden />
          </span>
        )}
        {gaveUp ? (
          <span className={classes.over}>
            <Button
              size="md"
              loading={restart.isPending}
              leftSection={<IconRefresh size={18} aria-hidden />}
              onClick={() => {
                restart.mutate(sessionId);
              }}
            >
              Show a new code
            </Button>
          </span>
        ) : null}
      </div>
      <p className={classes.caption} role="status">
        {valid ? (
          <>
            A fresh code comes in <Countdown until={qrCodeExpiresAt} past="a moment" />
          </>
        ) : null}
        {scanned ? 'Linking. Keep WhatsApp open on the phone…' : null}
        {!valid && !gaveUp && !scanned ? 'Getting a code from WhatsApp…' : null}
        {gaveUp ? 'The codes ran out before one was scanned.' : null}
      </p>
      {gaveUp && connection.lastError !== null ? <Note tone="attention">{connection.lastError.message}</Note> : null}
      {scanned ? null : <SwitchToCode sessionId={sessionId} />}
      <FailureNote error={restart.error} />
    </div>
  );
}

import { useEffect, useRef } from 'react';
import type { ConnectionStatus } from '../../../../server/contract/sessions.js';
import { useRestartSession } from '../actions.js';
import { isIdle } from '../../account-look/session-states.js';

/** Starts an account that lies idle when its linking screen opens, once; later starts are the person's choice. */
export function useLinkingStart(connection: ConnectionStatus) {
  const restart = useRestartSession();
  const considered = useRef(false);
  const { mutate } = restart;
  useEffect(() => {
    if (considered.current) return;
    considered.current = true;
    if (isIdle(connection)) mutate(connection.sessionId);
  }, [connection, mutate]);
  return restart;
}

import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { OptOut } from '../../../server/contract/audiences.js';
import { useAddOptOuts, useDeleteOptOut } from './actions.js';
import { optOutsQuery } from './queries.js';
import { formatDateTime, formatPhoneNumber } from '../lib/format.js';
import { useAccountNames } from '../accounts/queries.js';
import { sayFailure, sayWithUndo } from '../ui/say.js';
import { OptOutModal } from './opt-out-modal.js';
import { PagedRows } from '../ui/paged-rows.js';
import { Panel } from '../ui/panel.js';
import { PersonRow } from './person-row.js';
import classes from './lists/lists-panel.module.css';

/** Those who want no posts. */
export function OptOutsPanel() {
  const optOuts = useInfiniteQuery(optOutsQuery);
  const [isAdding, setAdding] = useState(false);
  const names = useAccountNames();
  const takeBack = useTakeBack();
  function close(): void {
    setAdding(false);
  }
  return (
    <>
      <div className={classes.tools}>
        <Button
          leftSection={<IconPlus size={18} aria-hidden />}
          onClick={() => {
            setAdding(true);
          }}
        >
          Opt people out
        </Button>
      </div>
      <Panel label="Opt-outs">
        <PagedRows
          query={optOuts}
          empty="Nobody has opted out. When somebody asks you to stop, put them here: they get no post, whatever its audience."
          row={(optOut) => (
            <PersonRow
              key={`${optOut.phoneNumber}/${optOut.sessionId ?? ''}`}
              name={formatPhoneNumber(optOut.phoneNumber)}
              detail={`${scopeOf(optOut, names)} · since ${formatDateTime(optOut.createdAt)}`}
              action={
                <Button
                  variant="default"
                  size="compact-sm"
                  aria-label={`Allow posts to ${formatPhoneNumber(optOut.phoneNumber)} again`}
                  onClick={() => {
                    takeBack(optOut);
                  }}
                >
                  Allow again
                </Button>
              }
            />
          )}
        />
      </Panel>
      {isAdding ? <OptOutModal numbers={null} onClose={close} onDone={close} /> : null}
    </>
  );
}

function scopeOf({ sessionId }: OptOut, names: ReadonlyMap<string, string>): string {
  return sessionId === null ? 'No posts of any account' : `No posts of ${names.get(sessionId) ?? sessionId}`;
}

function useTakeBack(): (optOut: OptOut) => void {
  const remove = useDeleteOptOut();
  const add = useAddOptOuts();
  return (optOut) => {
    const { phoneNumber, sessionId } = optOut;
    remove.mutate(optOut, {
      onError: sayFailure('The opt-out is still there'),
      onSuccess: () => {
        sayWithUndo(`${formatPhoneNumber(phoneNumber)} may get posts again.`, () => {
          const body = { numbers: [phoneNumber], ...(sessionId === null ? {} : { sessionId }) };
          add.mutate(body, { onError: sayFailure('The opt-out was not put back') });
        });
      },
    });
  };
}

import { Button, Skeleton } from '@mantine/core';
import { IconDownload, IconPencil, IconPencilPlus, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { AudienceList } from '../../../../server/contract/audiences.js';
import { requestBlob } from '../../lib/api-client.js';
import { audiencePath, audienceQuery } from '../queries.js';
import { AddPeopleModal } from './add-people-modal.js';
import { BackLink } from '../../ui/back-link.js';
import { DeleteListModal } from './delete-list-modal.js';
import { ListMembers } from './list-members.js';
import { ListNameModal } from './list-name-modal.js';
import { Loaded } from '../../ui/loaded.js';
import { MoreAction, MoreMenu } from '../../ui/more-menu.js';
import { ScreenTitle } from '../../ui/screen-title.js';
import { draftForList } from '../../draft/draft.js';
import { peopleCount } from '../../lib/format.js';
import { saveFile } from '../../lib/save-file.js';
import { say, sayFailure } from '../../ui/say.js';

/** One list: who is on it, and everything that can be done with it. */
export function ListScreen() {
  const { listId } = useParams({ from: '/people/lists/$listId' });
  const list = useQuery(audienceQuery(listId));
  return (
    <Loaded query={list} skeleton={<Skeleton height={320} radius={20} role="status" aria-label="Loading the list" />}>
      {(read) => <ListOf list={read} />}
    </Loaded>
  );
}

function ListOf({ list }: { list: AudienceList }) {
  const [dialog, setDialog] = useState<'add' | 'rename' | 'delete' | null>(null);
  const navigate = useNavigate();

  function close(): void {
    setDialog(null);
  }
  function exportList(): void {
    requestBlob(`/api${audiencePath(list.id)}/export`, new AbortController().signal)
      .then((csv) => {
        saveFile(csv, `${list.name}.csv`);
      })
      .catch(sayFailure('The list was not exported'));
  }
  function write(): void {
    draftForList(list.id);
    void navigate({ to: '/compose' });
  }

  return (
    <>
      <ScreenTitle
        title={list.name}
        hint={`${peopleCount(list.memberCount)} on this list`}
        back={<BackLink to="/people" label="People" />}
        actions={
          <>
            {list.memberCount === 0 ? null : (
              <Button variant="light" leftSection={<IconPencilPlus size={18} aria-hidden />} onClick={write}>
                Write a post
              </Button>
            )}
            <Button
              leftSection={<IconPlus size={18} aria-hidden />}
              onClick={() => {
                setDialog('add');
              }}
            >
              Add people
            </Button>
            <ListMenu onExport={exportList} onOpen={setDialog} />
          </>
        }
      />
      <ListMembers list={list} />
      {dialog === 'add' ? <AddPeopleModal list={list} onClose={close} /> : null}
      {dialog === 'rename' ? <ListNameModal list={list} onClose={close} onDone={close} /> : null}
      {dialog === 'delete' ? (
        <DeleteListModal
          list={list}
          onClose={close}
          onDeleted={() => {
            say(`“${list.name}” was deleted.`);
            void navigate({ to: '/people' });
          }}
        />
      ) : null}
    </>
  );
}

function ListMenu({ onExport, onOpen }: { onExport: () => void; onOpen: (dialog: 'rename' | 'delete') => void }) {
  return (
    <MoreMenu label="More for this list" size="button">
      <MoreAction Icon={IconDownload} onAct={onExport}>
        Export as CSV
      </MoreAction>
      <MoreAction
        Icon={IconPencil}
        onAct={() => {
          onOpen('rename');
        }}
      >
        Rename…
      </MoreAction>
      <MoreAction
        Icon={IconTrash}
        isDanger
        onAct={() => {
          onOpen('delete');
        }}
      >
        Delete…
      </MoreAction>
    </MoreMenu>
  );
}

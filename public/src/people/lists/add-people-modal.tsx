import { Tabs } from '@mantine/core';
import { IconClipboardText, IconFileSpreadsheet } from '@tabler/icons-react';
import type { AudienceList } from '../../../../server/contract/audiences.js';
import { ImportFile } from '../imports/import-file.js';
import { PasteMembers } from './paste-members.js';
import { Dialog } from '../../ui/dialogs/dialog.js';

interface AddPeopleModalProps {
  list: AudienceList;
  onClose: () => void;
}

/** Puts people on a list: pasted, or from a file. Shown for as long as it is mounted. */
export function AddPeopleModal({ list, onClose }: AddPeopleModalProps) {
  return (
    <Dialog opened size="lg" onClose={onClose} title={`Add people to “${list.name}”`}>
      <Tabs defaultValue="paste" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="paste" leftSection={<IconClipboardText size={18} aria-hidden />}>
            Paste numbers
          </Tabs.Tab>
          <Tabs.Tab value="file" leftSection={<IconFileSpreadsheet size={18} aria-hidden />}>
            From a file
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="paste">
          <PasteMembers list={list} onDone={onClose} />
        </Tabs.Panel>
        <Tabs.Panel value="file">
          <ImportFile list={list} onDone={onClose} />
        </Tabs.Panel>
      </Tabs>
    </Dialog>
  );
}

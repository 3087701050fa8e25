import { IconDownload, IconEraser } from '@tabler/icons-react';
import type { Contact } from '../../../server/contract/contacts.js';
import { useExportPerson } from './actions.js';
import { addressOfPerson } from './person-address.js';
import { MoreAction, MoreMenu } from '../ui/more-menu.js';
import { saveFile } from '../lib/save-file.js';
import { sayFailure } from '../ui/say.js';

interface PersonMenuProps {
  person: Pick<Contact, 'number' | 'lid'>;
  name: string;
  /** Asks first. */
  onErase: () => void;
}

/** What can be done about everything that is kept of one person. Nothing is shown where no request could name them. */
export function PersonMenu({ person, name, onErase }: PersonMenuProps) {
  const exporting = useExportPerson();
  const address = addressOfPerson(person);
  if (address === null) return null;
  return (
    <MoreMenu label={`More about ${name}`} size="md" isPending={exporting.isPending}>
      <MoreAction
        Icon={IconDownload}
        onAct={() => {
          exporting.mutate(address, {
            onSuccess: (kept) => {
              const text = JSON.stringify(kept, null, 2);
              saveFile(new Blob([text], { type: 'application/json' }), `person-${address}.json`);
            },
            onError: sayFailure(`What is known of ${name} was not exported`),
          });
        }}
      >
        Export what is known
      </MoreAction>
      <MoreAction Icon={IconEraser} isDanger onAct={onErase}>
        Erase everywhere…
      </MoreAction>
    </MoreMenu>
  );
}

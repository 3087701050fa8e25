import { IconBan, IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { saveFile } from '../lib/save-file.js';
import { MoreAction, MoreMenu } from '../ui/more-menu.js';
import { sayFailure } from '../ui/say.js';
import { OptOutRuleModal } from './opt-out-rule-modal.js';
import { repliesFile, type RepliesFilter } from './queries.js';

/** What is done less often in the inbox. */
export function InboxMenu({ shown }: { shown: RepliesFilter }) {
  const [isRuleOpen, setRuleOpen] = useState(false);

  function save(format: 'csv' | 'jsonl'): void {
    repliesFile(shown, format)
      .then((file) => {
        saveFile(file, `replies.${format}`);
      })
      .catch(sayFailure('The replies were not saved'));
  }

  return (
    <>
      <MoreMenu label="More for the inbox" size="button">
        <MoreAction
          Icon={IconDownload}
          onAct={() => {
            save('csv');
          }}
        >
          Save what is shown as CSV
        </MoreAction>
        <MoreAction
          Icon={IconDownload}
          onAct={() => {
            save('jsonl');
          }}
        >
          Save what is shown as JSON Lines
        </MoreAction>
        <MoreAction
          Icon={IconBan}
          onAct={() => {
            setRuleOpen(true);
          }}
        >
          Words to opt out…
        </MoreAction>
      </MoreMenu>
      {isRuleOpen ? (
        <OptOutRuleModal
          onClose={() => {
            setRuleOpen(false);
          }}
        />
      ) : null}
    </>
  );
}

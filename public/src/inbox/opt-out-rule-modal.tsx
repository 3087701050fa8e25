import { Skeleton, Switch, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { OptOutRule } from '../../../server/contract/inbox/replies.js';
import { Dialog } from '../ui/dialogs/dialog.js';
import { FormModal } from '../ui/dialogs/form-modal.js';
import { Loaded } from '../ui/loaded.js';
import { say } from '../ui/say.js';
import { useSaveOptOutRule } from './actions.js';
import { optOutRuleQuery } from './queries.js';

const title = 'Words to opt out';

/** By which words people opt out of posts. Shown for as long as it is mounted. */
export function OptOutRuleModal({ onClose }: { onClose: () => void }) {
  const rule = useQuery(optOutRuleQuery);
  if (rule.data !== undefined) return <RuleForm rule={rule.data} onClose={onClose} />;
  return (
    <Dialog opened onClose={onClose} title={title}>
      <Loaded query={rule} skeleton={<Skeleton height={200} />}>
        {() => null}
      </Loaded>
    </Dialog>
  );
}

function RuleForm({ rule, onClose }: { rule: OptOutRule; onClose: () => void }) {
  const [isOn, setOn] = useState(rule.isOn);
  const [text, setText] = useState(rule.words.join('\n'));
  const save = useSaveOptOutRule();
  const words = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  return (
    <FormModal
      opened
      title={title}
      act="Save"
      canAct={words.length > 0 || !isOn}
      isPending={save.isPending}
      error={save.error}
      failure="The words were not saved"
      onClose={onClose}
      onSubmit={() => {
        save.mutate(
          { isOn, words },
          {
            onSuccess: () => {
              say(isOn ? 'Whoever answers with one of the words gets no more posts.' : 'Nobody opts out by a word.');
              onClose();
            },
          },
        );
      }}
    >
      <Switch
        label="Whoever answers a post with just one of these words gets no more posts"
        description="From all accounts, from the next reply on. They are listed under People, Opt-outs, and can be let in again there."
        checked={isOn}
        onChange={(event) => {
          setOn(event.currentTarget.checked);
        }}
      />
      <Textarea
        label="Words"
        description="One in each line. Capital letters, accents and what stands around a word make no difference."
        value={text}
        autosize
        minRows={4}
        maxRows={10}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
      />
    </FormModal>
  );
}

import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAddOptOuts } from './actions.js';
import { useNumbers } from '../lib/use-numbers.js';
import { sessionsQuery } from '../accounts/queries.js';
import { peopleCount } from '../lib/format.js';
import { FormModal } from '../ui/dialogs/form-modal.js';
import { NumbersField } from '../ui/fields/numbers-field.js';
import { say } from '../ui/say.js';

interface OptOutModalProps {
  /** Who opts out; null asks for numbers. */
  numbers: string[] | null;
  onClose: () => void;
  onDone: () => void;
}

/** Takes people out of all posts to come. Shown for as long as it is mounted. */
export function OptOutModal({ numbers, onClose, onDone }: OptOutModalProps) {
  const sessions = useQuery(sessionsQuery).data?.items ?? [];
  const [account, setAccount] = useState('');
  const [text, setText] = useState('');
  const { parsed, isReading } = useNumbers(text);
  const add = useAddOptOuts();
  const wanted = numbers ?? parsed.numbers;
  return (
    <FormModal
      opened
      title={numbers === null ? 'Opt people out' : `Opt ${peopleCount(numbers.length)} out`}
      act="Opt out"
      canAct={wanted.length > 0 && !parsed.tooMany && !isReading}
      isPending={add.isPending}
      error={add.error}
      onClose={onClose}
      onSubmit={() => {
        const from = account === '' ? {} : { sessionId: account };
        add.mutate(
          { numbers: wanted, ...from },
          {
            onSuccess: () => {
              say(`${peopleCount(wanted.length)} will get no more posts.`);
              onDone();
            },
          },
        );
      }}
    >
      {numbers === null ? (
        <NumbersField
          label="Numbers"
          description="They stay on your lists and get no post, whatever the audience."
          value={text}
          parsed={parsed}
          onChange={setText}
        />
      ) : (
        <p>They stay on your lists and in your contacts, and get no post, whatever the audience.</p>
      )}
      <NativeSelect
        label="From posts of"
        size="md"
        value={account}
        data={[
          { value: '', label: 'All accounts' },
          ...sessions.map(({ sessionId, sessionName }) => ({ value: sessionId, label: sessionName })),
        ]}
        onChange={(event) => {
          setAccount(event.currentTarget.value);
        }}
      />
    </FormModal>
  );
}

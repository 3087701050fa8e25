import { TextInput } from '@mantine/core';
import { IconKeyboard, IconQrcode } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { createSessionBodySchema } from '../../../server/contract/sessions.js';
import type { AuthMethod } from '../../../server/contract/sessions.js';
import { useCreateSession } from './actions.js';
import { ApiError } from '../lib/api-client.js';
import { ChoiceCards } from '../ui/fields/choice-cards.js';
import { Note } from '../ui/note.js';
import { FormModal } from '../ui/dialogs/form-modal.js';

const methods = [
  { value: 'qrcode', label: 'Scan a QR code', hint: 'Quickest, with the phone in your hand.', Icon: IconQrcode },
  { value: 'pairing', label: 'Enter a code', hint: 'When the phone cannot scan this screen.', Icon: IconKeyboard },
] as const;

/** Creates an account and goes on to linking it. */
export function AddAccountModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const navigate = useNavigate();
  const create = useCreateSession();
  const [name, setName] = useState('');
  const [method, setMethod] = useState<AuthMethod>('qrcode');
  const [phoneNumber, setPhoneNumber] = useState('');
  const [wrong, setWrong] = useState<Record<string, string>>({});

  const fields = create.error instanceof ApiError ? { ...create.error.fields, ...wrong } : wrong;
  const elsewhere = create.isError && fields['sessionName'] === undefined && fields['phoneNumber'] === undefined;

  function close(): void {
    create.reset();
    setWrong({});
    onClose();
  }

  function submit(): void {
    const body = {
      sessionName: name,
      authMethod: method,
      ...(method === 'pairing' && phoneNumber.trim() !== '' ? { phoneNumber } : {}),
    };
    const checked = createSessionBodySchema.safeParse(body);
    if (!checked.success) {
      setWrong(Object.fromEntries(checked.error.issues.map((issue) => [issue.path.join('.'), issue.message])));
      return;
    }
    setWrong({});
    create.mutate(body, {
      onSuccess: ({ sessionId }) => {
        setName('');
        setPhoneNumber('');
        close();
        void navigate({ to: '/accounts/$sessionId/link', params: { sessionId } });
      },
    });
  }

  return (
    <FormModal
      opened={opened}
      title="Add an account"
      size="lg"
      act="Continue"
      canAct
      isPending={create.isPending}
      error={elsewhere ? create.error : null}
      onClose={close}
      onSubmit={submit}
    >
      <TextInput
        label="Name"
        description="How you recognise it here. Your contacts do not see it."
        placeholder="Corner café"
        size="md"
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
          setWrong({});
        }}
        error={fields['sessionName']}
        maxLength={100}
        data-autofocus
      />
      <ChoiceCards legend="How to link the phone" name="method" choices={methods} value={method} onChange={setMethod} />
      {method === 'pairing' ? (
        <TextInput
          label="Phone number of the account"
          description="With the country code, for example +49 151 23456789."
          size="md"
          type="tel"
          value={phoneNumber}
          onChange={(event) => {
            setPhoneNumber(event.currentTarget.value);
            setWrong({});
          }}
          error={fields['phoneNumber']}
        />
      ) : null}
      <Note tone="attention" title="Use it responsibly">
        Statuscast is not made or approved by WhatsApp. Using an unofficial client may break WhatsApp’s Terms of Service
        and can cost you the number. Link only numbers that are yours, and post only to people who agreed to hear from
        you.
      </Note>
    </FormModal>
  );
}

import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import { phoneNumberSchema } from '../../../../server/contract/values/phone-numbers.js';
import { useRequestPairingCode } from '../actions.js';
import { sentenceOf } from '../../lib/api-client.js';
import classes from './switch-to-code.module.css';

/** The way out for a phone that cannot scan: a code for its number. */
export function SwitchToCode({ sessionId }: { sessionId: string }) {
  const request = useRequestPairingCode();
  const [open, setOpen] = useState(false);
  const [phoneNumber, setPhoneNumber] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const checked = phoneNumberSchema.safeParse(phoneNumber);
    setWrong(checked.success ? null : (checked.error.issues[0]?.message ?? 'This is no phone number.'));
    if (checked.success) request.mutate({ sessionId, phoneNumber });
  }

  if (!open) {
    return (
      <Button
        variant="subtle"
        size="sm"
        onClick={() => {
          setOpen(true);
        }}
      >
        The phone cannot scan? Use a code
      </Button>
    );
  }
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <TextInput
        label="Phone number of the account"
        description="With the country code, for example +49 151 23456789."
        type="tel"
        autoFocus
        value={phoneNumber}
        onChange={(event) => {
          setPhoneNumber(event.currentTarget.value);
          setWrong(null);
        }}
        error={wrong ?? (request.isError ? sentenceOf(request.error) : null)}
      />
      <Button type="submit" variant="light" loading={request.isPending}>
        Get a code
      </Button>
    </form>
  );
}

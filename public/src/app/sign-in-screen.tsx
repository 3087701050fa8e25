import { Button, Checkbox, PasswordInput, Title } from '@mantine/core';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import { Logo } from './logo.js';
import { Note } from '../ui/note.js';
import { StatusCollage } from './status-collage.js';
import { refusalOf, signIn } from './sign-in.js';
import { useSignIn } from '../lib/sign-in-state.js';
import classes from './sign-in-screen.module.css';

/** Asks for the key and signs in with it. */
export function SignInScreen() {
  const state = useSignIn();
  const notice = state.kind === 'out' ? state.notice : null;
  const [key, setKey] = useState('');
  const [remember, setRemember] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function tryKey(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const typed = key.trim();
    if (typed === '') {
      setFailure('Enter your key first.');
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      await signIn(typed, remember);
    } catch (error) {
      setFailure(refusalOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className={classes.root}>
      <section className={classes.form}>
        <div className={classes.brand}>
          <Logo />
        </div>
        <form onSubmit={(event) => void tryKey(event)} className={classes.fields} noValidate>
          <div>
            <Title order={1}>Good to see you</Title>
            <p className={classes.hint}>Sign in with your key to post statuses and see who viewed them.</p>
          </div>
          {notice === null ? null : (
            <Note tone="attention" alert>
              {notice}
            </Note>
          )}
          <PasswordInput
            label="Key"
            description="The server made one when it first started, and keeps it as API_KEY in its .env file."
            size="md"
            value={key}
            onChange={(event) => {
              setKey(event.currentTarget.value);
            }}
            error={failure}
            autoComplete="current-password"
            autoFocus
            visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
          />
          <Checkbox
            label="Remember on this device"
            description="Leave it off on a computer that others use."
            checked={remember}
            onChange={(event) => {
              setRemember(event.currentTarget.checked);
            }}
          />
          <Button type="submit" size="md" loading={busy}>
            Sign in
          </Button>
        </form>
      </section>
      <aside className={classes.art} aria-hidden>
        <StatusCollage />
      </aside>
    </main>
  );
}

import './styles.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { useLiveEvents } from './live-events.js';
import { router } from './router.js';
import { LoadFailure } from '../ui/load-failure.js';
import { SignInScreen } from './sign-in-screen.js';
import { findOut, signInFromAddress } from './sign-in.js';
import { useSignIn } from '../lib/sign-in-state.js';
import { theme } from './theme.js';
import { queryClient } from '../lib/query-client.js';

/** The nonce under which the page's policy accepts style elements that are made while it runs. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
setNonce(nonce);
void signInFromAddress();
// A link with a key may also be opened in a tab that shows this page already.
window.addEventListener('hashchange', () => {
  if (window.location.hash.startsWith('#key=')) void signInFromAddress();
});

function SignedIn({ signInId }: { signInId: string }) {
  useLiveEvents(signInId);
  return <RouterProvider router={router} />;
}

function Dashboard() {
  const signIn = useSignIn();
  const isIn = signIn.kind === 'in';
  useEffect(() => {
    // The next person to sign in here must not see what the last one could see.
    if (!isIn) queryClient.clear();
  }, [isIn]);
  switch (signIn.kind) {
    case 'asking':
      return null;
    case 'unknown':
      return <LoadFailure error={signIn.error} retry={() => void findOut()} />;
    case 'out':
      return <SignInScreen />;
    case 'in':
      return <SignedIn key={signIn.id} signInId={signIn.id} />;
  }
}

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queryClient}>
        <Notifications position="top-center" limit={3} />
        <Dashboard />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

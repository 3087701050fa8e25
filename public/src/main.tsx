import './styles.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { takeKeyFromAddress, useSignIn } from './api-key.js';
import { useLiveEvents } from './live-events.js';
import { router } from './router.js';
import { SignInScreen } from './screens/sign-in-screen.js';
import { theme } from './theme.js';
import { queryClient } from './queries.js';

/** The nonce under which the page's policy accepts style elements that are made while it runs. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
setNonce(nonce);
takeKeyFromAddress();
// A link with a key may also be opened in a tab that shows this page already.
window.addEventListener('hashchange', takeKeyFromAddress);

function SignedIn({ apiKey }: { apiKey: string }) {
  useLiveEvents(apiKey);
  return <RouterProvider router={router} />;
}

function Dashboard() {
  const { key } = useSignIn();
  useEffect(() => {
    // The next person to sign in here must not see what the last key could see.
    if (key === null) queryClient.clear();
  }, [key]);
  if (key === null) return <SignInScreen />;
  return <SignedIn key={key} apiKey={key} />;
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

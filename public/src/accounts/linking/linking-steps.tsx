import type { ReactNode } from 'react';
import type { AuthMethod } from '../../../../server/contract/sessions.js';
import classes from './linking-steps.module.css';

const begin: ReactNode[] = [
  <>
    Open <strong>WhatsApp</strong> on the phone with this number.
  </>,
  <>
    Open <strong>Settings</strong> (iPhone), or the <strong>⋮ menu</strong> (Android), then{' '}
    <strong>Linked devices</strong>.
  </>,
  <>
    Tap <strong>Link a device</strong>.
  </>,
];

const ends: Record<AuthMethod, ReactNode[]> = {
  qrcode: [<>Point the phone at the code on this page.</>],
  pairing: [
    <>
      Tap <strong>Link with phone number instead</strong>.
    </>,
    <>Type the code on this page. WhatsApp may also show you a notification to tap.</>,
  ],
};

/** What to do on the phone, one thing per line. */
export function LinkingSteps({ method }: { method: AuthMethod }) {
  return (
    <div>
      <h2 className={classes.title}>On the phone</h2>
      <ol className={classes.steps}>
        {[...begin, ...ends[method]].map((step, index) => (
          <li key={index}>
            <span>{step}</span>
          </li>
        ))}
      </ol>
      <p className={classes.note}>The phone keeps working as before. You can unlink Statuscast there at any time.</p>
    </div>
  );
}

import { Loader } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useLiveState } from './live-events.js';
import classes from './connection-banner.module.css';

/** A blip that heals within this time is not worth a banner. */
const graceMs = 1200;

/** Says that what is on screen may be old, until the live connection is back. */
export function ConnectionBanner() {
  const { connection, lostBecause } = useLiveState();
  return <div role="alert">{connection === 'lost' ? <LostConnection because={lostBecause} /> : null}</div>;
}

function LostConnection({ because }: { because: string | null }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => {
      setShown(true);
    }, graceMs);
    return () => {
      window.clearTimeout(timer);
    };
  }, []);
  if (!shown) return null;
  return (
    <div className={classes.banner}>
      <Loader size={18} color="currentColor" aria-hidden />
      <span>
        <strong>The connection to the server was lost.</strong> {because === null ? null : `${because} `}What you see
        may be a little old. It is tried again by itself and catches up when it is back.
      </span>
    </div>
  );
}

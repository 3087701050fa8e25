import { Loader } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useLiveState, useLostBecause } from './live-events.js';
import classes from './connection-banner.module.css';

/** A blip that heals within this time is not worth a banner. */
const graceMs = 1200;

/** Says that what is on screen may be old, until the live connection is back. */
export function ConnectionBanner() {
  const lost = useLiveState() === 'lost';
  return <div role="alert">{lost ? <LostConnection /> : null}</div>;
}

function LostConnection() {
  const because = useLostBecause();
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

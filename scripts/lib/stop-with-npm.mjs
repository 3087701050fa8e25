const lookEveryMs = 500;

/**
 * `npm start` runs a shell, which runs this process. When npm is told to stop (SIGTERM), it tells the shell, and some
 * shells end without passing it on. So that nothing is left behind, this process stops too when its parent is gone.
 */
export function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookEveryMs);
  timer.unref();
}

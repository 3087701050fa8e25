/** Ends this process and the programs that it started, at once, whatever they are doing. */
export function endProcess(): void {
  try {
    // It leads a group of its own (server/media-pool/worker-process.ts), which the programs that it starts belong to.
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // Where there are no groups, or when it was started some other way.
    process.kill(process.pid, 'SIGKILL');
  }
}

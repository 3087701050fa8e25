/** Why a listening socket could not be had, by the system's code. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'no address is known for that name',
  EAI_AGAIN: 'no address is known for that name',
};

/** A sentence for whoever starts the simulator, or undefined when the error is about something else. */
export function listenFailure(error: unknown, { host, port }: { host: string; port: number }): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasons[code];
  if (reason === undefined) return undefined;
  return `The simulator cannot listen on port ${port} of ${host}: ${reason} (${code}). Give another --port, where 0 takes any that is free, or another --host.`;
}

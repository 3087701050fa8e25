import { networkInterfaces } from 'node:os';

/** The server cannot listen where HOST and PORT say. The message is for whoever starts it: the setting, why, what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** What failed listening means, as a {@link ListenError}; what it is not about comes back as it is. */
export function readListenError(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const sentence = sentenceFor(code, host, port);
  return sentence === undefined ? error : new ListenError(`${sentence} (${code})`, { cause: error });
}

function sentenceFor(code: string, host: string, port: number): string | undefined {
  const given = `HOST is ${host}`;
  switch (code) {
    case 'EADDRINUSE':
      return `PORT is ${String(port)}, and another program, perhaps a second Statuscast, listens there already. End that one, or set PORT to another number; 0 takes any that is free.`;
    case 'EACCES':
    case 'EPERM':
      return `PORT is ${String(port)}, and this user may not listen there${port < 1024 ? ': ports below 1024 are for the administrator' : ''}. Set PORT to another number, such as 3000, and let a reverse proxy answer on ${String(port)}.`;
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return `${given}, and this machine has no such address to listen on. It has ${ownAddresses().join(', ')}; 0.0.0.0 means all of them.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${given}, and no address is known for that name. Give an address of this machine: ${ownAddresses().join(', ')}; 0.0.0.0 means all of them.`;
    case 'EAFNOSUPPORT':
      return `${given}, and addresses of that kind are switched off on this machine. Give another one: ${ownAddresses().join(', ')}.`;
    default:
      return undefined;
  }
}

/** Without those that hold on one link only: they need the name of an interface beside them. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return all.map(({ address }) => address).filter((address) => !address.startsWith('fe80:'));
}

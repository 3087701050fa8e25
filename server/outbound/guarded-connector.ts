import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { FetchRefusal } from './fetch-refusal.js';
import { isPublicAddress, type PrivateHosts } from './public-address.js';

/** All addresses of a name. Rejects when there are none. */
export type ResolveName = (name: string) => Promise<LookupAddress[]>;

export const resolveByDns: ResolveName = (name) =>
  new Promise((resolve, reject) => {
    systemLookup(name, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses);
    });
  });

export interface GuardedConnectorOptions {
  connectTimeoutMs: number;
  resolve: ResolveName;
  privateHosts: PrivateHosts;
}

/**
 * Opens connections to public addresses only. A name is looked up once per connection, here, and the connection goes to
 * the very address that was checked, so an answer that changes between a check and the connection has no gap to slip
 * through. Literal addresses never reach a lookup and are checked by themselves.
 */
export function guardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  const { connectTimeoutMs: timeout, resolve, privateHosts } = options;
  const open = buildConnector({ timeout, lookup: lookupBy(resolve, () => true) });
  const guarded = buildConnector({ timeout, lookup: lookupBy(resolve, isPublicAddress) });
  return (target, callback) => {
    const { hostname } = target;
    const port = target.port || (target.protocol === 'https:' ? '443' : '80');
    if (privateHosts.has(hostname, port)) {
      open(target, callback);
      return;
    }
    if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) {
      callback(new FetchRefusal('private_address'), null);
      return;
    }
    guarded(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      // The address in use has the last word, whatever led to it.
      if (isPublicAddress(socket.remoteAddress ?? '')) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(new FetchRefusal('private_address'), null);
    });
  };
}

/** One address that may not be used spoils the name: who owns it wants us to try. */
function lookupBy(resolve: ResolveName, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first) callback(new FetchRefusal('unreachable'), '');
        else if (!addresses.every(({ address }) => isAllowed(address)))
          callback(new FetchRefusal('private_address'), '');
        else if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      () => callback(new FetchRefusal('unreachable'), ''),
    );
  };
}

import { isIP } from 'node:net';
import { generate } from 'selfsigned';

const dayMs = 24 * 60 * 60 * 1000;

/** PEM texts: the server's key and certificate, and the CA that a client has to trust. */
export interface TlsIdentity {
  key: string;
  certificate: string;
  ca: string;
}

/** Makes a CA and, signed by it, a certificate for this host. Valid from yesterday for a year. */
export async function createTlsIdentity(host: string): Promise<TlsIdentity> {
  const shared = {
    keyType: 'ec',
    // The default is SHA-1, which TLS clients refuse.
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + 365 * dayMs),
  } as const;
  const ca = await generate([{ name: 'commonName', value: 'Simulated media CA' }], {
    ...shared,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: host }], {
    ...shared,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [isIP(host) ? { type: 7, ip: host } : { type: 2, value: host }, { type: 2, value: 'localhost' }],
      },
    ],
  });
  return { key: leaf.private, certificate: leaf.cert, ca: ca.cert };
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { makeTempDir } from './temp-dir.js';

const program = '/usr/sbin/pgbouncer';

/** Where Debian and Ubuntu put it. */
export const hasPgbouncer = existsSync(program);

export interface Pooler {
  /** The same database through the pooler. */
  url: string;
  /** The certificate of the authority behind the pooler's own. */
  caFile: string;
  stop: () => Promise<void>;
}

/** Starts pgbouncer on the loopback before this database, in this mode of lending, with TLS for those who want it. */
export async function startPgbouncer(database: string, mode: 'transaction' | 'statement'): Promise<Pooler> {
  const target = new URL(database);
  const { dir, remove } = await makeTempDir();
  const port = await freePort();
  const file = (name: string): string => path.join(dir, name);
  makeCertificates(file);
  await writeFile(file('users.txt'), `"${target.username}" "${target.password}"\n`);
  await writeFile(
    file('pgbouncer.ini'),
    `[databases]
* = host=${target.hostname} port=${target.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${String(port)}
unix_socket_dir =
auth_type = plain
auth_file = ${file('users.txt')}
pool_mode = ${mode}
default_pool_size = 3
client_tls_sslmode = allow
client_tls_key_file = ${file('server.key')}
client_tls_cert_file = ${file('server.pem')}
`,
  );
  // It refuses to run as root; then it runs as a user who must be able to read this.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chmod(dir, 0o755);
  const child: ChildProcess = spawn(program, [...(isRoot ? ['-u', 'nobody'] : []), '-q', file('pgbouncer.ini')], {
    stdio: 'ignore',
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await remove();
  };
  try {
    await eventually(() => isListening(port), { what: 'pgbouncer' });
  } catch (error) {
    await stop();
    throw error;
  }
  const url = new URL(database);
  [url.hostname, url.port] = ['localhost', String(port)];
  return { url: url.href, caFile: file('ca.pem'), stop };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}

function makeCertificates(file: (name: string) => string): void {
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=A provider');
  const request = [...key, '-keyout', file('server.key'), '-out', file('server.pem'), '-subj', '/CN=localhost'];
  const names = ['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE'];
  openssl('req', '-x509', '-CA', file('ca.pem'), '-CAkey', file('ca.key'), ...request, ...names);
  execFileSync('chmod', ['644', file('server.key')]);
}

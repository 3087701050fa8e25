import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from './eventually.js';
import { makeTempDir } from './temp-dir.js';

const program = '/usr/sbin/nginx';

/** Where Debian and Ubuntu put it. */
export const hasNginx = existsSync(program);

/** One `server { … }` of a configuration: where it listens, and what is inside. */
export interface NginxServer {
  port: number;
  inside: string;
}

/** Starts nginx with these servers on the loopback, in a folder of its own; `stop` ends it and removes the folder. */
export async function startNginx(servers: readonly NginxServer[]): Promise<{ stop: () => Promise<void> }> {
  const { dir, remove } = await makeTempDir();
  const folders = ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => path.join(dir, name));
  for (const folder of folders) await mkdir(folder);
  const file = path.join(dir, 'nginx.conf');
  await writeFile(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 200; }
http {
  access_log off;
  client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
${servers.map(({ port, inside }) => `  server { listen 127.0.0.1:${String(port)};\n${inside}\n  }`).join('\n')}
}
`,
  );
  const child: ChildProcess = spawn(program, ['-e', `${dir}/error.log`, '-c', file], { stdio: 'inherit' });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    await remove();
  };
  try {
    const address = `http://127.0.0.1:${String(servers[0]?.port)}/`;
    await eventually(async () => fetch(address).then(() => true), { timeoutMs: 20_000, what: 'nginx' });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

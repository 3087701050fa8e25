import { request as httpsRequest, type Agent } from 'node:https';

export interface HostAnswer {
  status: number;
  body: string;
}

/** One request to the media host, as raw as a client could make it. */
export function askHost(
  hostname: string,
  agent: Agent,
  asked: { method: string; path: string; body?: Buffer; headers?: Record<string, string> },
): Promise<HostAnswer> {
  const { method, path, body, headers = {} } = asked;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`https://${hostname}${path}`, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject).end(body);
  });
}

import { createRequire } from 'node:module';
import path from 'node:path';
import express, { Router } from 'express';

const files = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const pageAt = (publicPath: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <base href="${publicPath}/docs/" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Statuscast API</title>
    <link rel="icon" href="favicon-32x32.png" />
    <link rel="stylesheet" href="swagger-ui.css" />
    <link rel="stylesheet" href="page.css" />
  </head>
  <body>
    <form id="sign-in" hidden>
      <h1>Statuscast API</h1>
      <label for="key">API key</label>
      <input id="key" type="password" autocomplete="off" required />
      <button type="submit">Show the API</button>
      <p id="problem" role="alert"></p>
    </form>
    <div id="reference"></div>
    <script src="swagger-ui-bundle.js"></script>
    <script src="page.js"></script>
  </body>
</html>
`;

const style = `body { margin: 0; background: #fff; color: #1b1b1b; font-family: system-ui, sans-serif; }
#sign-in:not([hidden]) { max-width: 24rem; margin: 15vh auto; padding: 0 1rem; display: grid; gap: 0.5rem; }
#sign-in input, #sign-in button { font: inherit; padding: 0.6rem; }
#problem { color: #a4000f; min-height: 1.5em; }
`;

/** Whoever is signed in to the dashboard sees it; else the page asks for a key, and signs in with it. */
const script = `const form = document.getElementById('sign-in');
const problem = document.getElementById('problem');

async function show(isFirst) {
  const answer = await fetch('../api/openapi.json');
  form.hidden = answer.ok;
  if (!answer.ok) {
    if (!isFirst || answer.status !== 401) problem.textContent = (await answer.json()).error;
    return;
  }
  const spec = await answer.json();
  // The API is beside this page, also below a path that a proxy adds.
  spec.servers = [{ url: new URL('../api', document.baseURI).href }];
  SwaggerUIBundle({ spec, dom_id: '#reference', deepLinking: true, docExpansion: 'list', validatorUrl: null });
}

async function signIn(key) {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const answer = await fetch('../api/sign-in', { method: 'POST', headers, body: '{}' });
  if (answer.ok) await show(false);
  else problem.textContent = (await answer.json()).error;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void signIn(document.getElementById('key').value);
});

void show(true);
`;

/** A page to read and try the API. Everything comes from this server, and nothing of it is inline. */
export function apiDocs(publicPath: string): Router {
  const page = pageAt(publicPath);
  const folder = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const router = Router();
  router.get('/', (_request, response) => {
    response.setHeader('cache-control', 'no-store');
    response.type('html').send(page);
  });
  router.get('/page.css', (_request, response) => {
    response.type('css').send(style);
  });
  router.get('/page.js', (_request, response) => {
    response.type('js').send(script);
  });
  for (const file of files) router.get(`/${file}`, express.static(folder, { index: false, maxAge: '1h' }));
  return router;
}

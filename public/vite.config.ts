import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { fontLicences } from './font-licences.js';

/**
 * The dashboard's build, `vite build --config public/vite.config.ts`, written to public/dist. The server replaces the
 * nonce placeholder in index.html with a fresh value for each answer; nothing is inlined, so `script-src 'self'` holds.
 */
export const dashboardBuild = defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Below whatever path a proxy shows it: the page says where it is.
  base: './',
  publicDir: false,
  plugins: [react(), fontLicences('licences-of-fonts.md')],
  // The ranges of every country take 100 kB more: the dashboard knows lengths and first digits, the server has the last word.
  resolve: { alias: { 'libphonenumber-js/max/metadata': 'libphonenumber-js/min/metadata' } },
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: 'dist',
    license: { fileName: 'licences.md' },
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1400,
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:3000', '/socket.io': { target: 'http://127.0.0.1:3000', ws: true } },
  },
});

// Vite reads its configuration from the default export.
export default dashboardBuild;

import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/**
 * Writes the licences of the fonts that style sheets import beside the build: the Open Font License wants its text with
 * every copy, and Vite's own list knows packages by their modules, of which a font has none.
 */
export function fontLicences(fileName: string): Plugin {
  const fonts = new Set<string>();
  return {
    name: 'font-licences',
    apply: 'build',
    // Before the imports of a style sheet are replaced by what they import.
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('.css')) return;
      for (const [, font] of code.matchAll(/@import\s+['"](@fontsource[^/]*\/[^/'"]+)/g))
        if (font !== undefined) fonts.add(font);
    },
    generateBundle() {
      if (fonts.size === 0) this.error('No style sheet imports a font any more: this plugin has nothing to do.');
      const texts = [...fonts].sort().map((font) => {
        const text = readFileSync(new URL(`../node_modules/${font}/LICENSE`, import.meta.url), 'utf8').trim();
        return `## ${font}\n\n${text}\n`;
      });
      this.emitFile({
        type: 'asset',
        fileName,
        source: `# Licences of the fonts in this folder\n\n${texts.join('\n')}`,
      });
    },
  };
}

import type { Page } from 'playwright-core';

/** Chooses the kind of post by its word on screen. */
export async function choose(page: Page, kind: string): Promise<void> {
  const kinds = page.getByRole('radiogroup', { name: 'Kind of post' });
  await kinds.getByText(kind, { exact: true }).click({ force: true });
}

/** Lets go of a file over the drop area, as the browser tells the page of it. */
export async function dropFile(page: Page, name: string, type: string, bytes: Buffer): Promise<void> {
  const file = { name, type, base64: bytes.toString('base64') };
  const transfer = await page.evaluateHandle(`(() => {
    const { name, type, base64 } = ${JSON.stringify(file)};
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
    return transfer;
  })()`);
  await page.getByText('here, or').dispatchEvent('drop', { dataTransfer: transfer });
}

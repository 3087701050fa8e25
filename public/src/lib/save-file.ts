/** Lets the browser save bytes under a name, as a click on a link to a file would. */
export function saveFile(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by the next turn.
  window.setTimeout(() => {
    URL.revokeObjectURL(url);
  });
}

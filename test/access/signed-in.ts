/** Signs in with a key as a browser does; the cookie as it stands in the header of later requests. */
export async function signInWith(
  url: string,
  key: string,
  { remember = false, cookie }: { remember?: boolean; cookie?: string } = {},
): Promise<string> {
  const answer = await fetch(`${url}/api/sign-in`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', ...(cookie !== undefined && { cookie }) },
    body: JSON.stringify({ remember }),
  });
  const written = answer.headers.get('set-cookie');
  if (written === null) throw new Error(`Not signed in: ${await answer.text()}`);
  return written.split(';')[0] ?? '';
}

const byStatus: Readonly<Record<number, string>> = {
  404: 'Something answers here, but not Statuscast. Whoever runs the server finds the reason at PUBLIC_URL and the path that the proxy passes on.',
  413: 'The proxy in front of the server refuses files as large as this one. Whoever runs it can raise its limit (client_max_body_size in nginx).',
  502: 'The proxy in front of the server does not reach it. Check that Statuscast is running.',
  503: 'The proxy in front of the server says that it cannot be reached now. Try again in a moment.',
  504: 'The proxy in front of the server did not wait for its answer. Try again in a moment.',
};

/** What a failure means that did not come from the server itself, but from what stands in front of it; else undefined. */
export function inFrontOf(status: number): string | undefined {
  return byStatus[status];
}

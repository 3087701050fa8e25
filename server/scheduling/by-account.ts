/** What is to be done on one account, in order. */
export interface WorkOfAccount<T> {
  sessionId: string;
  organizationId: string;
  items: T[];
}

/** The same by account; the account of the first one comes first. */
export function byAccount<T extends { sessionId: string; organizationId: string }>(
  work: readonly T[],
): WorkOfAccount<T>[] {
  const accounts = new Map<string, WorkOfAccount<T>>();
  for (const one of work) {
    const { sessionId, organizationId } = one;
    const account = accounts.get(sessionId);
    if (account) account.items.push(one);
    else accounts.set(sessionId, { sessionId, organizationId, items: [one] });
  }
  return [...accounts.values()];
}

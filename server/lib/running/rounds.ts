export interface RoundsOptions<T> {
  organizations: readonly string[];
  /** The next few of an organization, in order: those after `after`, at most `pageSize`. */
  next: (organization: string, after: T | undefined) => Promise<T[]>;
  pageSize: number;
  /** Resolves with false when nothing more of this organization can be done now. */
  work: (page: readonly T[], organization: string) => Promise<boolean>;
}

/**
 * Walks through everything that is to be done, a page of each organization in turn: whoever has much keeps nobody else waiting
 * for longer than a page, and what cannot be done keeps nothing that comes after it.
 */
export async function inRounds<T>({ organizations, next, pageSize, work }: RoundsOptions<T>): Promise<void> {
  let walks = organizations.map((organization) => ({ organization, after: undefined as T | undefined }));
  while (walks.length > 0) {
    const goOn: typeof walks = [];
    for (const { organization, after } of walks) {
      const page = await next(organization, after);
      const last = page.at(-1);
      if (last === undefined || !(await work(page, organization)) || page.length < pageSize) continue;
      goOn.push({ organization, after: last });
    }
    walks = goOn;
  }
}

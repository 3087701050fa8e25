/** Paths of the API that several parts of the dashboard begin theirs with. */

export function sessionPath(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

export function statusPath(sessionId: string, statusId: string): string {
  return `${sessionPath(sessionId)}/statuses/${encodeURIComponent(statusId)}`;
}

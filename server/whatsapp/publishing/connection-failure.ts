/** A closed socket rejects with a bare close code; Baileys' own errors carry a status code. */
export function isConnectionFailure(error: unknown): boolean {
  return typeof error === 'number' || (error instanceof Error && 'output' in error);
}

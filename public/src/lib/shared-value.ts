import { useSyncExternalStore } from 'react';

/** A value of the whole page: whoever reads it with `use` shows each new one. */
export class SharedValue<T> {
  private readonly listeners = new Set<() => void>();
  private current: T;

  constructor(first: T) {
    this.current = first;
  }

  readonly get = (): T => this.current;

  set(next: T): void {
    this.current = next;
    for (const listener of this.listeners) listener();
  }

  /** A hook. */
  readonly use = (): T => useSyncExternalStore(this.subscribe, this.get);

  private readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

import type { AppEvent } from '../contract/events.js';
import type { Logger } from '../lib/logger.js';

export type EventListener = (event: AppEvent) => void;

/**
 * Carries events to the parts of this process that deliver them. Listeners run at once and must not block;
 * one that throws is logged and does not keep the event from the others.
 */
export class EventBus {
  private readonly listeners = new Set<EventListener>();

  constructor(private readonly logger: Logger) {}

  /**
   * Services emit through their transaction instead, so that an event tells only of what was committed. Called directly
   * it is for what is never stored: QR codes, pairing codes, progress.
   */
  publish(event: AppEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (error) {
        this.logger.error({ err: error, event: event.name }, 'an event listener failed');
      }
    }
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }
}

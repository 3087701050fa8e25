import { EventEmitter } from 'node:events';
import type { Companion } from './companion.js';

interface EventArguments {
  /** A device is connected, has its keys in place and asked for traffic. */
  online: [companion: Companion];
}

/** What one part of the simulator tells the others. */
export class SimulatorEvents extends EventEmitter<EventArguments> {}

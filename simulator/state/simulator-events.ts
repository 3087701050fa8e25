import { EventEmitter } from 'node:events';
import type { BinaryNode } from '../wire/node.js';
import type { Companion } from './account.js';
import type { Person } from './person.js';

interface EventArguments {
  /** A device is connected, has its keys in place and asked for traffic. */
  online: [companion: Companion];
  /** Somebody received, opened, liked or answered something. */
  person: [person: Person];
  /** A stanza has come from a client, linked or being linked, or leaves for it. */
  stanza: [way: 'received' | 'sent', node: BinaryNode];
}

/** What one part of the simulator tells the others. */
export class SimulatorEvents extends EventEmitter<EventArguments> {}

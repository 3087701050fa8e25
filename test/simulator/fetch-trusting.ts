type Dispatcher = NonNullable<RequestInit['dispatcher']> & { close(): Promise<void> };
type DispatcherClass = new (options: { connect: { ca: Buffer } }) => Dispatcher;

/**
 * Lets `work` fetch from a host whose certificate this CA has signed. Baileys downloads with Node's own `fetch`, which
 * takes another CA by way of its dispatcher alone; Node keeps the class of the one it uses under this symbol.
 */
export async function fetchTrusting<T>(ca: Buffer, work: (dispatcher: Dispatcher) => Promise<T>): Promise<T> {
  // The first use of fetch sets the dispatcher up.
  await fetch('data:,');
  const own: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));
  if (typeof own !== 'object' || own === null) throw new Error('this Node keeps no dispatcher for its fetch');
  const dispatcher = new (own.constructor as DispatcherClass)({ connect: { ca } });
  try {
    return await work(dispatcher);
  } finally {
    await dispatcher.close();
  }
}

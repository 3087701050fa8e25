/*
 * Loaded into a program before its own code (`node --import`). The channel to the parent closes when the parent ends,
 * also when it was killed: the program then stops as if it had been asked to, so that nothing is left behind.
 */
if (process.channel !== undefined) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

/** What the system needs to find and to start a program. */
const passedOn = ['PATH', 'Path', 'SystemRoot'];

/** All that a program of ours that needs no settings gets to see of an environment: no keys and no addresses. */
export function childEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of passedOn) {
    const value = env[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/** A package that goes along with the program or the dashboard. */
export interface ShippedPackage {
  name: string;
  version: string;
  /** SPDX, as its package.json has it; undefined when that says nothing. */
  says: string | undefined;
  /** The licence that lies beside it; empty when there is none. */
  text: string;
}

interface LockedPackage {
  dev?: boolean;
  version?: string;
  license?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

export interface Lock {
  packages: Record<string, LockedPackage | undefined>;
}

export function licenceFaults(packages: ShippedPackage[], notice: string): string[];
export function statedLicence(manifest: unknown): string | undefined;
export function shippedPackages(
  lock: Lock,
  inDashboard: string[],
  readManifest: (where: string) => unknown,
  readText: (where: string) => string,
): ShippedPackage[];
export function packagesImportedBy(source: string): string[];
export function licenceFaultsOf(root: string): string[];

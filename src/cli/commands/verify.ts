import { readClusterFile } from '../../workflow/cluster-file.js';
import { verify } from '../../workflow/verify.js';
import type { AccessOptions } from '../access-options.js';
import { telling } from '../ports.js';

const unhealthy = 2;

export interface VerifyOptions extends AccessOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly failover?: boolean;
}

/** `kw verify`: the proof that ends `kw up`, by itself. */
export async function run({ file, json, failover, ...access }: VerifyOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  return (await telling({ json, acts: true, access }, ports => verify(cluster, ports, { failover }))) ? 0 : unhealthy;
}

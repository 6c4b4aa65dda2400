import { readClusterFile } from '../../workflow/cluster-file.js';
import { verify } from '../../workflow/verify.js';
import { telling } from '../ports.js';

const unhealthy = 2;

export interface VerifyOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly failover?: boolean;
}

/** `kw verify`: the proof that ends `kw up`, by itself. */
export async function run({ file, json, failover }: VerifyOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  return (await telling({ json, acts: true }, ports => verify(cluster, ports, { failover }))) ? 0 : unhealthy;
}

import { conformanceExit } from '../../model/conformance.js';
import { readClusterFile } from '../../workflow/cluster-file.js';
import { conformance } from '../../workflow/conformance.js';
import { mistaken } from '../../workflow/mistaken.js';
import { verify } from '../../workflow/verify.js';
import type { AccessOptions } from '../access-options.js';
import { telling } from '../ports.js';

const unhealthy = 2;

export interface VerifyOptions extends AccessOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly failover?: boolean;
  readonly conformance?: string;
  readonly focus?: readonly string[];
  readonly skip?: readonly string[];
  readonly parallel?: number;
  readonly withoutImages?: boolean;
  readonly results?: string;
}

/** `kw verify`: the proof that ends `kw up`, by itself; or upstream's tests. */
export async function run(options: VerifyOptions): Promise<number> {
  const { file, json, failover, conformance: program, ...others } = options;
  const { focus, skip, parallel, withoutImages, results, ...access } = others;
  if (program === undefined) {
    refuseAlone({ focus, skip, parallel, withoutImages, results });
    const cluster = await readClusterFile(file);
    return (await telling({ json, acts: true, access }, ports => verify(cluster, ports, { failover }))) ? 0 : unhealthy;
  }
  if (failover)
    throw mistaken('two-proofs', '--failover and --conformance are two proofs', 'run kw verify once for each of them');
  const cluster = await readClusterFile(file);
  const wish = { program, focus, skip, parallel, withoutImages, results };
  return conformanceExit(await telling({ json, acts: true, access }, ports => conformance(cluster, ports, wish)));
}

/** What belongs to conformance tests alone would be silently ignored without them. */
function refuseAlone(options: Readonly<Record<string, unknown>>): void {
  const [given] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (given === undefined) return;
  const flag = `--${given.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
  throw mistaken('no-conformance', `${flag} is for conformance tests`, 'name an e2e.test: --conformance PATH');
}

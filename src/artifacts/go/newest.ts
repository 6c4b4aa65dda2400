/**
 * The newest version that this machine can have without any release site: for the lab, the quickstart and the tests.
 */
import { debianVersion, defaultVersion } from '../../catalog/index.js';
import { goVersion } from './toolchain.js';

export interface NewestHere {
  readonly kubernetes: string;
  readonly source: 'go' | 'debian';
}

export const newestHere = (): Promise<NewestHere> =>
  goVersion().then(
    () => ({ kubernetes: defaultVersion('go'), source: 'go' as const }),
    () => ({ kubernetes: debianVersion, source: 'debian' as const }),
  );

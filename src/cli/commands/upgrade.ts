import { exitOfUpgrade, type UpgradeReport } from '../../preflight/upgrade/judge.js';
import { readClusterFile } from '../../workflow/cluster-file.js';
import { mistaken } from '../../workflow/mistaken.js';
import { exitOfRehearsal, rehearse } from '../../workflow/rehearse.js';
import { changedFile, checkUpgrade, upgrade } from '../../workflow/upgrade.js';
import type { AccessOptions } from '../access-options.js';
import { type DrainOptions, drainOf } from '../drain-options.js';
import { exitOf } from '../exit-code.js';
import { colored, telling } from '../ports.js';
import { type SourceOptions, sourceOf } from '../source.js';
import { rehearsalText } from '../view/rehearsal.js';
import { upgradeText } from '../view/upgrade.js';
import { writeAtomically } from '../write.js';

export interface UpgradeOptions extends Omit<SourceOptions, 'bundle'>, AccessOptions, DrainOptions {
  readonly version?: string;
  readonly check?: boolean;
  readonly rehearse?: boolean;
  readonly yes?: boolean;
  readonly verify?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** `kw upgrade --check`: 0 nothing bites, 2 something does, 3 could not see enough. Without it: the upgrade. */
export async function run({ version, check, rehearse: rehearses, ...options }: UpgradeOptions): Promise<number> {
  const drain = drainOf(options);
  if (check && rehearses)
    throw mistaken('one-at-a-time', '--check and --rehearse are two commands', 'give one of them');
  if (check) {
    const report = await telling({ access: options }, ports => checkUpgrade(sourceOf(options), version, ports, drain));
    show(report, options);
    return exitOfUpgrade(report);
  }
  if (version === undefined)
    throw mistaken('no-version', 'upgrade to which version?', 'kw upgrade 1.36.4, or kw upgrade --check');
  if (options.hosts !== undefined || options.kubeconfig !== undefined)
    throw mistaken('only-check', 'kw upgrades a cluster of a cluster file alone', 'with --hosts: kw upgrade --check');
  const { file: path, json, yes, verify } = options;
  const file = await readClusterFile(path);
  if (rehearses) {
    const report = await telling({ json, acts: true, access: options }, ports =>
      rehearse(changedFile(file, { path, version }), ports),
    );
    const found = { type: 'upgrade-rehearsed', ...report };
    process.stdout.write(json ? `${JSON.stringify(found)}\n` : rehearsalText(report, colored(1)));
    return exitOfRehearsal(report);
  }
  const ended = await telling({ json, acts: true, access: options }, ports =>
    upgrade(file, ports, { path, version, yes, verify, drain, save: text => writeAtomically(path, text) }),
  );
  if (ended.ended !== 'blocked') return exitOf(ended);
  // Events came before it, one a line.
  if (json) process.stdout.write(`${JSON.stringify({ type: 'upgrade-blocked', ...ended.report })}\n`);
  else show(ended.report, options);
  return exitOfUpgrade(ended.report);
}

const show = (report: UpgradeReport, { json, verbose }: UpgradeOptions): void => {
  process.stdout.write(
    json ? `${JSON.stringify(report, null, 2)}\n` : upgradeText(report, { colors: colored(1), verbose }),
  );
};

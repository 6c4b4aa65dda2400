/** A version the catalog knows and the source has, and only flags and fields that it has. */
import { debianVersion, parseVersion, release, releases } from '../../catalog/index.js';
import { mistake, type Check, type Checkable, type Finding } from '../finding.js';
import { checkFields } from './fields.js';
import { checkFlags } from './flags.js';

export const checkVersion: Check = input => {
  if (input.broken('kubernetes')) return [];
  const problem = version(input);
  return problem ? [problem] : [...checkFlags(input), ...checkFields(input)];
};

const version = ({ spec, written }: Checkable): Finding | undefined => {
  const { kubernetes: wanted } = spec;
  const path = ['kubernetes'];
  const [oldest, newest] = [releases[0], releases.at(-1)];
  const minor = releases.find(one => one.minor === wanted);
  if (!parseVersion(wanted))
    return mistake(
      'inexact-version',
      path,
      `'${written.kubernetes}' is not an exact version`,
      `write ${minor?.latestPatchKnown ?? newest?.latestPatchKnown}`,
    );
  if (!release(wanted))
    return mistake(
      'unknown-version',
      path,
      `Kubernetes ${wanted} is not in the catalog`,
      `it knows ${oldest?.minor} to ${newest?.minor}`,
    );
  if (spec.artifacts.source === 'debian' && wanted !== debianVersion)
    return mistake(
      'version-not-in-source',
      path,
      `Debian's source package has Kubernetes ${debianVersion} alone, not ${wanted}`,
      'choose another artifacts.source, or leave the version out',
    );
  return undefined;
};

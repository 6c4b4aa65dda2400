import type { BinaryName } from '../../model/artifact.js';
import type { Resource, Stage } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import type { HostContext } from '../input.js';
import { bin } from '../render/paths.js';
import { want } from '../wanted.js';

/** An executable of the artifact set in /usr/local/bin; undefined where the source leaves it to the host's packages. */
export function program(
  context: Pick<HostContext, 'artifacts' | 'host'>,
  name: BinaryName,
  stage: Stage,
): Resource<'artifact', Wants['artifact']> | undefined {
  const artifact = context.artifacts.binaries[name];
  if (artifact === undefined) return undefined;
  const { version, sha256, size } = artifact;
  return want(
    'artifact',
    context.host.name,
    `${bin}/${name}`,
    { name, version, sha256, size },
    { stage, because: `${name} ${version}` },
  );
}

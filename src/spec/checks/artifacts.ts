/** Where binaries come from, and which containerd and runc. */
import { compareVersions, parseVersion, release } from '../../catalog/index.js';
import { isPlainHttp } from '../../net/endpoint.js';
import { type Check, type Checkable, type Finding, mistake } from '../finding.js';

export const checkArtifacts: Check = input => [...mirror(input), ...runtime(input)];

const mirror = ({ spec: { artifacts } }: Checkable): readonly Finding[] => {
  const { source, mirror: place, mirrorDigest } = artifacts;
  const at = ['artifacts', 'mirror'];
  const digestAt = ['artifacts', 'mirrorDigest'];
  if (source === 'mirror' && !place)
    return [
      mistake(
        'mirror-missing',
        ['artifacts'],
        'the source is a mirror, and nothing says which',
        'artifacts.mirror: a URL or a folder',
      ),
    ];
  if (!place)
    return mirrorDigest ? [mistake('mirror-unused', digestAt, 'a digest of a mirror, and no mirror is named')] : [];
  return [
    ...(source !== 'mirror'
      ? [mistake('mirror-unused', at, `a mirror is named, but the source is ${source}`, 'source: mirror')]
      : []),
    ...(/^[a-z]+:\/\//i.test(place) && !/^(https?|file):\/\/./i.test(place)
      ? [mistake('bad-mirror', at, `'${place}' is neither an HTTP URL nor a folder`)]
      : []),
    ...(mirrorDigest && !/^sha256:[0-9a-f]{64}$/.test(mirrorDigest)
      ? [mistake('bad-digest', digestAt, 'this is not sha256: and 64 digits from 0 to f', 'as kw mirror prints it')]
      : []),
    ...(isPlainHttp(place) && !mirrorDigest
      ? [
          mistake(
            'mirror-over-http',
            at,
            'over plain http, whoever is on the way can change the files and their sums',
            'use https or a folder, or add artifacts.mirrorDigest: what kw mirror printed when it wrote the mirror',
          ),
        ]
      : []),
  ];
};

const runtime = ({ spec, broken }: Checkable): readonly Finding[] => {
  const { source } = spec.artifacts;
  const wishes = (['version', 'runc'] as const).flatMap(key => {
    const value = spec.runtime[key];
    return value === undefined ? [] : [{ key, value, at: ['runtime', key] }];
  });
  const forms = wishes.flatMap(({ key, value, at }) => {
    const program = key === 'runc' ? 'runc' : 'containerd';
    if (!parseVersion(value)) return [mistake('inexact-version', at, `'${value}' is not an exact version`)];
    return source === 'debian' || (source === 'go' && key === 'runc')
      ? [
          mistake(
            'version-not-in-source',
            at,
            `with source ${source}, ${program} comes from the hosts' packages`,
            'leave it out, or choose another artifacts.source',
          ),
        ]
      : [];
  });
  if (forms.length > 0 || broken('kubernetes')) return forms;
  return spec.runtime.version ? tooOldOrNew(spec.kubernetes, spec.runtime.version) : [];
};

const tooOldOrNew = (kubernetes: string, version: string): readonly Finding[] => {
  const range = release(kubernetes)?.containerd;
  if (!range) return [];
  const fits = compareVersions(version, range.min) >= 0 && (!range.below || compareVersions(version, range.below) < 0);
  return fits
    ? []
    : [
        mistake(
          'containerd-does-not-fit',
          ['runtime', 'version'],
          `kubelet ${kubernetes} does not speak to containerd ${version}`,
          `from ${range.min} on${range.below ? `, below ${range.below}` : ''}`,
        ),
      ];
};

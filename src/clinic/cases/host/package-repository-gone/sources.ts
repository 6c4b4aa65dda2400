/** Lines of apt's and yum's lists that ask at the repository which Google kept for Kubernetes until March 2024. */
import { pattern } from '../../../../model/pattern.js';
import type { FileSeen } from '../../../chart/seen.js';

/** kubernetes.io/blog, 2023-08-31: frozen in September 2023, taken away in March 2024. */
export const goneSince = '2024-03-04';

type Manager = 'apt' | 'yum';

interface Dead {
  readonly manager: Manager;
  readonly repository: string;
  readonly line: string;
}

/** Google's own repositories (cloud-sdk, gcsfuse) are there still, under the same host. */
const gone = pattern(
  /https?:\/\/apt\.kubernetes\.io|https?:\/\/yum\.kubernetes\.io/,
  /|https?:\/\/packages\.cloud\.google\.com\/yum\/repos\/kubernetes[\w-]*/,
  /|https?:\/\/packages\.cloud\.google\.com\/apt(?=\/?\s+kubernetes-)/,
);

const managerOf = (path: string): Manager | undefined =>
  /^\/etc\/apt\/sources\.list(?:\.d\/[^/]+\.(?:list|sources))?$/.test(path)
    ? 'apt'
    : /^\/etc\/yum\.repos\.d\/[^/]+\.repo$/.test(path)
      ? 'yum'
      : undefined;

export const deadIn = ({ path, text }: FileSeen): Dead | undefined => {
  const manager = managerOf(path);
  if (manager === undefined || text === undefined) return undefined;
  for (const part of partsOf(text, manager)) {
    const line = isOff(part, manager) ? undefined : part.find(one => isLive(one, manager) && gone.test(one));
    if (line !== undefined) return { manager, repository: gone.exec(line)?.[0] ?? '', line: line.slice(0, 300) };
  }
  return undefined;
};

/** Each dead line becomes a comment; of a section that names it by a key, the section is turned off. */
export const turnedOff = (text: string, manager: Manager): string =>
  partsOf(text, manager)
    .map(part =>
      isOff(part, manager) || !part.some(one => isLive(one, manager) && gone.test(one))
        ? part
        : part.flatMap(one => off(one, part, manager)),
    )
    .map(part => part.join('\n'))
    .join('\n');

/** Lines of apt's one-line style stand alone; sections of the others begin behind an empty line, or with a name. */
const partsOf = (text: string, manager: Manager): readonly (readonly string[])[] => {
  const parts: string[][] = [[]];
  for (const line of text.split('\n')) {
    const begins = manager === 'yum' ? line.startsWith('[') : parts.at(-1)?.at(-1) === '' || isOneLine(line);
    if (begins && parts.at(-1)?.length !== 0) parts.push([]);
    parts.at(-1)?.push(line);
  }
  return parts;
};

const isOneLine = (line: string): boolean => /^\s*deb(?:-src)?\s/.test(line);
const isLive = (line: string, manager: Manager): boolean =>
  manager === 'yum' ? /^\s*(?:baseurl|mirrorlist|metalink)\s*=/.test(line) : isOneLine(line) || /^URIs:/i.test(line);

const isOff = (part: readonly string[], manager: Manager): boolean =>
  part.some(line => (manager === 'yum' ? /^\s*enabled\s*=\s*(?:0|no|false)\b/i : /^Enabled:\s*no\b/i).test(line));

const because = '# kubewizard: this repository is gone since March 2024; today: https://pkgs.k8s.io';

const off = (line: string, part: readonly string[], manager: Manager): readonly string[] => {
  if (manager === 'yum') {
    if (/^\s*enabled\s*=/i.test(line)) return ['enabled=0'];
    const has = part.some(one => /^\s*enabled\s*=/i.test(one));
    return line.startsWith('[') ? [line, because, ...(has ? [] : ['enabled=0'])] : [line];
  }
  if (isOneLine(line)) return gone.test(line) ? [because, `# ${line}`] : [line];
  return /^Enabled:/i.test(line) ? [] : /^URIs:/i.test(line) ? ['Enabled: no', line] : [line];
};

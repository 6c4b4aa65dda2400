/** Small edits of files that are there: a flag, a field, a line. The engine keeps what stood there before. */
import { isMap, isSeq, type Document } from 'yaml';
import { documentOf } from '../../pki/document.js';
import type { Resource, ResourceId } from '../../model/resource.js';
import { idOf } from '../../model/resource.js';
import type { HostChart } from '../chart/host-chart.js';
import { flagsOf } from '../read/flags.js';
import { containerOf, staticPods } from '../read/manifests.js';
import { freshUnit, textFile } from './files.js';
import { arePlain } from './plain-flags.js';
import { replacedPod } from './static-pod.js';

/**
 * undefined: the file was not seen as text, or the edit changes nothing. A file with redacted parts is never written
 * back.
 */
export const editText = (
  host: HostChart,
  path: string,
  edit: (text: string) => string,
  because: string,
  after: readonly ResourceId[] = [],
): Resource | undefined => {
  const seen = 'value' in host.files ? host.files.value.find(file => file.path === path) : undefined;
  if (seen?.text === undefined || /REDACTED|sha256:[0-9a-f]{64}/.test(seen.text)) return undefined;
  const text = edit(seen.text);
  return text === seen.text
    ? undefined
    : textFile(path, text, Number.parseInt(seen.mode, 8), { host: host.name, because, after });
};

/** The same over YAML, comments kept. */
export const editYaml = (
  host: HostChart,
  path: string,
  edit: (doc: Document) => void,
  because: string,
): Resource | undefined =>
  editText(
    host,
    path,
    text => {
      const doc = documentOf(text);
      if (!doc || doc.errors.length > 0) return text;
      edit(doc);
      return doc.toString({ lineWidth: 0 });
    },
    because,
  );

/**
 * Flags of a component, set (or, with null, taken away) where it is started, and the component started again by it.
 * Empty too where a value is not a plain word: whoever said it may not write lines of a unit.
 */
export const flagSet = (
  host: HostChart,
  program: string,
  flags: Readonly<Record<string, string | null>>,
  because: string,
): readonly Resource[] => {
  if (!arePlain(flags) || flagsOf(host, program).elsewhere) return [];
  const pod = staticPods(host).find(one => containerOf(one, program));
  if (pod) return manifestEdited(host, program, pod.path, doc => setInManifest(doc, program, flags), because);
  const source = flagsOf(host, program).source;
  const file = source === undefined ? undefined : editText(host, source, text => setInUnit(text, flags), because);
  return file
    ? [file, freshUnit(`${program}.service`, [file.key], { host: host.name, because, after: [idOf(file)] })]
    : [];
};

/** A static pod's manifest edited, and its process awaited. Empty: the edit changes nothing. */
export const manifestEdited = (
  host: HostChart,
  program: string,
  path: string,
  edit: (doc: Document) => void,
  because: string,
): readonly Resource[] => {
  const file = editYaml(host, path, edit, because);
  return file ? [file, replacedPod(program, path, { host: host.name, because, after: [idOf(file)] })] : [];
};

const setInManifest = (doc: Document, program: string, flags: Readonly<Record<string, string | null>>): void => {
  const containers = doc.getIn(['spec', 'containers']);
  if (!isSeq(containers)) return;
  containers.items.forEach((item, index) => {
    if (!isMap(item)) return;
    for (const list of ['command', 'args']) {
      const words = (
        doc.getIn(['spec', 'containers', index, list]) as { toJSON?: () => unknown } | undefined
      )?.toJSON?.();
      if (!Array.isArray(words)) continue;
      const isCommand = String(words[0]).split('/').at(-1) === program;
      const next = edited(words.map(String), flags, isCommand || (list === 'args' && item.get('name') === program));
      if (isCommand || next.length !== words.length) doc.setIn(['spec', 'containers', index, list], next);
    }
  });
};

const edited = (
  words: readonly string[],
  flags: Readonly<Record<string, string | null>>,
  add: boolean,
): readonly string[] => [
  ...words.filter(word => !Object.keys(flags).some(flag => isFlag(word, flag))),
  ...(add ? Object.entries(flags).flatMap(([flag, value]) => (value === null ? [] : [`--${flag}=${value}`])) : []),
];

const isFlag = (word: string, flag: string): boolean => word === `--${flag}` || word.startsWith(`--${flag}=`);

const setInUnit = (text: string, flags: Readonly<Record<string, string | null>>): string => {
  let next = text;
  for (const [flag, value] of Object.entries(flags)) {
    const there = new RegExp(`(\\s)"?--${flag}=(?:"[^"]*"|[^\\s"]*)"?`);
    if (value === null) next = next.replace(there, '').replace(/\\\n\s*\n/g, '\n\n');
    else if (there.test(next)) next = next.replace(there, `$1--${flag}=${value}`);
    else next = next.replace(/^(ExecStart=\S+)/m, `$1 --${flag}=${value}`);
  }
  return next;
};

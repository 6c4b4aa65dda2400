/** What is wrong with one answer of `kw init`, said by the cluster file's own checks, without a file to point into. */
import type { Diagnostic } from '../../model/diagnostic.js';
import { readCluster } from '../../spec/index.js';
import { type Answers, renderClusterFile } from '../../spec/publish/render.js';

/** undefined: nothing is. The other answers are good already, so that every mistake is one of this answer. */
export const problemOf = (answers: Answers): string | undefined => {
  const [first] = problemsOf(answers);
  return first && [first.says, ...(first.help === undefined ? [] : [first.help])].join('\n');
};

const problemsOf = (answers: Answers): readonly Diagnostic[] => {
  const result = readCluster(renderClusterFile(answers), '');
  return result.ok ? [] : result.problems;
};

/** A name alone, beside a host that is always good. */
export const problemOfName = (name: string): string | undefined => problemOf({ name, hosts: ['10.0.0.1'] });

const flags: Readonly<Record<string, string>> = {
  name: '--name',
  hosts: '--host',
  kubernetes: '--kubernetes',
  endpoint: '--endpoint',
  artifacts: '--source',
};

/** The same mistakes, each with the flag that was given instead of a place in a file that is not there. */
export const byFlag = (problems: readonly Diagnostic[], text: string): readonly Diagnostic[] =>
  problems.map(({ at, ...rest }) => {
    const flag = at && flagAt(text.split('\n').slice(0, at.line));
    return flag === undefined ? rest : { ...rest, says: `${flag}: ${rest.says}` };
  });

/** @param lines Of the file that was going to be written, down to the mistake. */
const flagAt = (lines: readonly string[]): string | undefined => {
  const key = lines.flatMap(line => /^(\w+):/.exec(line)?.[1] ?? []).at(-1);
  if (key === 'ssh') return /^\s+key:/.test(lines.at(-1) ?? '') ? '--ssh-key' : '--ssh-user';
  return key === undefined ? undefined : flags[key];
};

/** A YAML document that is asked by path, and in which a finding has a line; it never quotes what it read. */
import { isMap, isScalar, isSeq, LineCounter, type Document } from 'yaml';
import type { Diagnostic } from '../model/diagnostic.js';
import { yamlDocument } from '../model/yaml.js';

export type Path = readonly (string | number)[];

export interface Reading {
  readonly doc: Document;
  say(code: string, path: Path, says: string, severity?: Diagnostic['severity']): void;
  /** Of a scalar that is not empty. */
  text(path: Path): string | undefined;
}

/** undefined: it is nested too deeply, or too long. Its errors quote no line: that may be a key. */
export const documentOf = (text: string, options: Parameters<typeof yamlDocument>[1] = {}): Document | undefined => {
  try {
    return yamlDocument(text, options);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

interface Opened {
  readonly text: string;
  readonly doc: Document | undefined;
  readonly lines: LineCounter;
}
/** Who reads a kubeconfig asks for its key and its token next: it is parsed once. Nobody changes what was opened. */
let last: Opened | undefined;

const opened = (text: string): Opened => {
  if (last?.text === text) return last;
  const lines = new LineCounter();
  last = { text, doc: documentOf(text, { lineCounter: lines }), lines };
  return last;
};

/** undefined: no YAML, and `problems` says where. */
export const openDocument = (text: string, file: string, problems: Diagnostic[]): Reading | undefined => {
  const { doc, lines } = opened(text);
  if (doc === undefined) {
    problems.push({
      code: 'not-yaml',
      severity: 'error',
      says: 'this is nested too deeply, or is too long, to be read',
      at: { file, line: 1, column: 1 },
    });
    return undefined;
  }
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { at: { file, line: Math.max(1, line), column: Math.max(1, col) } };
  };
  for (const error of doc.errors.slice(0, 1))
    problems.push({
      code: 'not-yaml',
      severity: 'error',
      says: `this is not YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
      ...place(error.pos[0]),
    });
  if (problems.length > 0) return undefined;
  const node = (path: Path) =>
    path.length === 0 ? doc.contents : isMap(doc.contents) || isSeq(doc.contents) ? doc.getIn(path, true) : undefined;
  return {
    doc,
    say(code, path, says, severity = 'error') {
      let from = 0;
      for (let depth = path.length; depth >= 0 && from === 0; depth--) from = rangeOf(node(path.slice(0, depth)));
      problems.push({ code, severity, says, ...place(from) });
    },
    text(path) {
      const found = node(path);
      return isScalar(found) && found.value !== null && found.value !== '' ? String(found.value) : undefined;
    },
  };
};

const rangeOf = (node: unknown): number => (isScalar(node) || isMap(node) || isSeq(node) ? (node.range?.[0] ?? 0) : 0);

/** Mistakes of the user, each with its place, the line it stands in, and the next act. */
import type { Diagnostic } from '../../model/diagnostic.js';
import { escapeForTerminal, marked } from '../../shell/terminal.js';

export interface DiagnosticsView {
  /** Text of the file that they are about. */
  readonly source?: string;
  /** Of one diagnostic the line in which it stands, where the file's text is not at hand. */
  readonly line?: string | undefined;
  readonly width?: number;
}

/** One block per diagnostic, errors before warnings, in the order of the file; ends without a newline. */
export const diagnosticsText = (diagnostics: readonly Diagnostic[], view: DiagnosticsView = {}): string => {
  const lines = view.source?.split(/\r?\n/);
  const blocks = [...diagnostics]
    .sort(byPlace)
    .map(diagnostic =>
      block(diagnostic, view.line ?? (diagnostic.at && lines?.[diagnostic.at.line - 1]), view.width ?? 100),
    );
  return escapeForTerminal(blocks.join('\n'));
};

const byPlace = (a: Diagnostic, b: Diagnostic): number =>
  Number(a.severity === 'warning') - Number(b.severity === 'warning') ||
  (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
  (a.at?.column ?? 0) - (b.at?.column ?? 0);

const block = ({ code, severity, says, at, help }: Diagnostic, line: string | undefined, width: number): string => {
  const place = at ? `${at.file}:${at.line}:${at.column}: ` : '';
  return [
    `${place}${severity}: ${marked(says)} [${code}]`,
    ...(line === undefined || line === '' ? [] : caret(line, at?.column ?? 1, String(at?.line), width)),
    ...(help === undefined ? [] : [`    help: ${help.split('\n').join('\n          ')}`]),
  ].join('\n');
};

/** The line cut to a window around the column, so that a caret can stand below it on any terminal. */
const caret = (line: string, column: number, number: string, width: number): readonly string[] => {
  const room = Math.max(20, width - number.length - 5);
  const from = Math.max(0, Math.min(column - 1 - Math.floor(room / 2), line.length - room));
  // A tab is one column to the reader of the file and eight to the terminal; other controls would become longer than
  // one.
  const shown = line
    .slice(from, from + room)
    .replaceAll('\t', ' ')
    .replace(/[^\P{C}]/gu, '?');
  return [`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${' '.repeat(Math.max(0, column - 1 - from))}^`];
};

/** Warnings of a cluster file, each on lines of its own; '' where there are none. */
export const warningsText = (warnings: readonly { readonly problem: Diagnostic }[], source: string): string =>
  warnings.length === 0
    ? ''
    : `${diagnosticsText(
        warnings.map(one => one.problem),
        { source },
      )}\n`;

/** Why a scenario failed, kept for the end of the run: of a long log often only its end is kept. */
import { readFile } from 'node:fs/promises';

/** Beside the scenario's log. */
export const whyOf = (log: string): string => `${log}.why`;

const [head, tail] = [500, 900];

/** Its beginning and its end, which tell what was wanted and what was heard; a line's place is kept. */
export const shortened = (text: string): string =>
  text.length <= head + tail ? text : `${text.slice(0, head)} […] ${text.slice(-tail)}`;

/** '' where the scenario was ended before it could say. */
export const why = (log: string): Promise<string> =>
  readFile(whyOf(log), 'utf8').then(
    text => text.trim().replaceAll(/^/gm, '    '),
    () => '',
  );

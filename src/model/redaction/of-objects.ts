/** Objects of kind Secret in a text (a manifest, what `kubectl get -o yaml` printed): every value of them is one. */

const gone = 'REDACTED';

/** Its values go, their names stay; documents of other kinds are left as they are. */
export const hideSecretObjects = (text: string): string =>
  text
    .split(/^(?=---)/m)
    .map(document => (isSecret.test(document) ? hideMaps(hideBlocks(document)) : document))
    .join('');

/** A quote, escaped as often as the text is inside of others. */
const mark = '(?:\\\\*["\'])?';
/** Of a name behind a line's written end the first letter stands beside an `n`. */
const begins = '(?:\\b|\\\\n)';
const isSecret = new RegExp(`${begins}kind${mark}[ \\t]*:[ \\t]*${mark}Secret(?:List)?(?![\\w-])`);
const opens = new RegExp(`^[ \\t]*(?:- )?${mark}(?:data|stringData)${mark}[ \\t]*:[ \\t]*(?:#.*)?\\r?$`);
const name = new RegExp(`^[ \\t]*${mark}[\\w.-]+${mark}[ \\t]*:`);
const depthOf = (line: string): number => /^[ \t]*(?:- )?/.exec(line)?.[0].length ?? 0;

/** YAML: of what is deeper than `data:`, the names stay; lines that are deeper than those belong to a value. */
const hideBlocks = (document: string): string => {
  const shown: string[] = [];
  let data: number | undefined;
  let names: number | undefined;
  // Inside of JSON a line ends in a written `\n`; what ends a line follows it in the list.
  for (const [at, line] of document.split(/(\n|(?<!\\)\\+n)/).entries()) {
    const depth = depthOf(line);
    if (at % 2 === 1) shown.push(line);
    else if (data === undefined || (line.trim() !== '' && depth <= data)) {
      shown.push(line);
      [data, names] = [opens.test(line) ? depth : undefined, undefined];
    } else {
      names ??= depth;
      const named = depth <= names ? name.exec(line)?.[0] : undefined;
      shown.push(named === undefined ? '' : `${named} ${gone}`);
    }
  }
  return shown.join('');
};

const inBraces = new RegExp(`(${begins}(?:data|stringData)${mark}[ \\t]*:\\s*\\{)([^{}]*)(?=\\})`, 'g');
const value = '"(?:\\\\[^\\n]|[^"\\\\\\n])*"|(\\\\+")(?:(?!\\2)[^\\n])*\\2|\'[^\'\\n]*\'|[^\\\\"\'\\s,}]+';
const pair = new RegExp(`((?<![\\w.-])[\\w.-]+${mark}[ \\t]*:[ \\t]*)(?:${value})`, 'g');

/** JSON, or YAML's flow style. */
const hideMaps = (document: string): string =>
  document.replace(
    inBraces,
    (_, open: string, inside: string) =>
      open +
      inside.replace(pair, (_, named: string, quote?: string) => `${named}${quote ?? '"'}${gone}${quote ?? '"'}`),
  );

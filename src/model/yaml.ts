/**
 * YAML that somebody else wrote. The library composes a document by calling itself for each level, and near the end of
 * the stack the engine of JavaScript cannot compile a regular expression and ends the whole process: what is nested
 * deeper than anything that people write is refused before that, as a RangeError that callers can catch.
 */
import {
  Composer,
  type CST,
  type Document,
  type DocumentOptions,
  type LineCounter,
  Parser,
  type ParseOptions,
  type SchemaOptions,
  YAMLParseError,
} from 'yaml';

export const mostYamlNesting = 200;

type Options = Omit<ParseOptions, 'prettyErrors' | 'uniqueKeys'> &
  DocumentOptions &
  SchemaOptions & { readonly lineCounter?: LineCounter };

/**
 * Of every document in the text. Keys are words, as Kubernetes reads them too: one that is a mapping is an error, and
 * is not written out at each level. Errors quote no line. The library would compare each key with all before it: who
 * needs keys to be unique compares them itself.
 */
export const yamlDocuments = (text: string, options: Options = {}): readonly Document.Parsed[] => [
  ...documents(text, options),
];

/** Of the first document. A further one is an error of it. */
export const yamlDocument = (text: string, options: Options = {}): Document.Parsed => {
  let first: Document.Parsed | undefined;
  for (const one of documents(text, options)) {
    if (first) {
      const says = 'Source contains multiple documents';
      first.errors.push(new YAMLParseError([one.range[0], one.range[1]], 'MULTIPLE_DOCS', says));
      break;
    }
    first = one;
  }
  if (!first) throw new Error('the YAML library gave no document');
  return first;
};

function* documents(text: string, options: Options): Generator<Document.Parsed> {
  const parser = new Parser(options.lineCounter?.addNewLine);
  const composer = new Composer({ stringKeys: true, ...options, prettyErrors: false, uniqueKeys: false });
  yield* composer.compose(shallow(parser.parse(text)), true, text.length) as Generator<Document.Parsed>;
}

function* shallow(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  for (const token of tokens) {
    if (isNestedDeeper(token)) throw new RangeError(`it is nested deeper than ${mostYamlNesting} levels`);
    yield token;
  }
}

/** Without a call for each level. */
const isNestedDeeper = (token: CST.Token): boolean => {
  let level: readonly CST.Token[] = [token];
  for (let depth = 0; depth <= mostYamlNesting; depth++) {
    level = level.flatMap(inside);
    if (level.length === 0) return false;
  }
  return true;
};

const inside = (token: CST.Token): readonly CST.Token[] => {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].flatMap(one => (one && !isLeaf(one) ? [one] : [])));
};

const isLeaf = (token: CST.Token): boolean => !('items' in token) && token.type !== 'document';

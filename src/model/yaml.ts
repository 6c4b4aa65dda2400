/**
 * YAML that somebody else wrote. The library composes a document by calling itself for each level, and near the end of
 * the stack the engine of JavaScript cannot compile a regular expression and ends the whole process; each word and mark
 * becomes objects of some hundred bytes. What is nested deeper or is longer than anything that people write is refused
 * before that, as a RangeError that callers can catch.
 */
import {
  Composer,
  type CST,
  type Document,
  type DocumentOptions,
  Lexer,
  type LineCounter,
  Parser,
  type ParseOptions,
  type SchemaOptions,
  YAMLParseError,
} from 'yaml';

export const mostYamlNesting = 200;
/** A cluster file of 5,000 hosts has 150,000 words and marks. */
export const mostYamlWords = 1_000_000;

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
  const composer = new Composer({ stringKeys: true, ...options, prettyErrors: false, uniqueKeys: false });
  for (const token of shallow(tokens(text, options.lineCounter)))
    yield* withoutStacks(() => [...composer.next(token)] as Document.Parsed[]);
  yield* composer.end(true, text.length) as Generator<Document.Parsed>;
}

/** What follows so many things that have no place in a document is read by nobody. */
export const mostStrayTokens = 1000;

function* shallow(all: Iterable<CST.Token>): Generator<CST.Token> {
  let stray = 0;
  for (const token of all) {
    if (isNestedDeeper(token)) throw tooDeep();
    if (token.type === 'error' && ++stray > mostStrayTokens) return;
    yield token;
  }
}

const tooDeep = (): RangeError => new RangeError(`it is nested deeper than ${mostYamlNesting} levels`);

/** As Parser.parse, but brackets in brackets end it where they are too many, and not behind the last of them. */
function* tokens(text: string, lines: LineCounter | undefined): Generator<CST.Token> {
  const parser = new Parser(lines?.addNewLine);
  lines?.addNewLine(0);
  let [depth, words] = [0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    if (++words > mostYamlWords) throw new RangeError(`it has more than ${mostYamlWords} words and marks`);
    if (lexeme === '[' || lexeme === '{') depth++;
    else if (lexeme === ']' || lexeme === '}') depth = Math.max(0, depth - 1);
    if (depth > mostYamlNesting) throw tooDeep();
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** A text may be one mistake after the other; to note down for each who called whom takes longer than to read it. */
const withoutStacks = <T>(read: () => T): T => {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return read();
  } finally {
    Error.stackTraceLimit = before;
  }
};

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

/** Which text of a file leaves its host: an awk program that hides what is secret before anything is printed. */

const secretNames = `(${[
  '[Tt]oken|[Pp]assword|PASSWORD|[Pp]asswd|PASSWD|[Pp]assphrase|auth_pass|client-key-data|[A-Za-z_-][Ss]ecret|SECRET',
  '[Pp]rivate-?[Kk]ey|[Pp]reshared-?[Kk]ey|ACCESS_KEY|API_?KEY|TOKEN|_PWD|_PASS|_PSK',
].join('|')})`;

/** What stands before a secret in its line. */
const named =
  `${secretNames}["']?[ \\t]*[:= ][ \\t]*|stats[ \\t]+auth[ \\t]+[^:]*:` + '|^[ \\t]*"?auth"?[ \\t]*[:=][ \\t]*';

/**
 * Prints each line behind a `=`; keys stay on the host, and of an encryption key only a digest goes. It is made of
 * stdin: the arguments of a process can be read by every user of the host.
 */
export const redacting = String.raw`
function digest(said) {
  gsub(/\\\//, "/", said)
  if (said ~ /^[A-Za-z0-9+\/=]+$/) { printf "sha256:"; fflush(); printf "%s", said | digester; close(digester) }
  else if (said != "") printf "REDACTED"
}
# The value of an encryption key at the beginning of rest; what it returns stands behind it.
function secretOf(rest,   mark, said) {
  if (match(rest, /^"([^"\\]|\\.)*"/) || match(rest, /^'[^']*'/)) {
    mark = substr(rest, 1, 1); said = substr(rest, 2, RLENGTH - 2); rest = substr(rest, RLENGTH + 1)
    printf "%s", mark; digest(said); printf "%s", mark
    return rest
  }
  if (rest ~ /^[[{]/) return rest
  if (rest !~ /[^ \t\r]/) { below = 1; return rest }
  match(rest, /^[A-Za-z0-9+\/=]*/); said = substr(rest, 1, RLENGTH)
  if (said != "" && substr(rest, RLENGTH + 1) ~ /^[ \t\r]*([],}#].*)?$/) {
    rest = substr(rest, RLENGTH + 1); digest(said); return rest
  }
  ended = 1; below = rest ~ /^[ \t]*[|>&!]/ ? 2 : 1; printf "REDACTED"
  return ""
}
# Behind a name comes a value in quotes, and then perhaps another name; without quotes it is all of the line.
function hidden(line,   out, was) {
  while (match(line, /${named}/)) {
    was = substr(line, 1, RSTART + RLENGTH - 1); line = substr(line, RSTART + RLENGTH); out = out was
    if (tolower(was) ~ /initial[-_]cluster[-_]token[^a-z]*$/) continue
    if (match(line, /^"([^"\\]|\\.)*"/)) { out = out "\"REDACTED\""; line = substr(line, RLENGTH + 1); continue }
    below = was !~ /:[ \t]*$/ ? 0 : line ~ /^[|>&!]/ ? 2 : 1
    if (line !~ /[^ \t\r]/) return out line
    ended = 1
    return out "REDACTED"
  }
  return out line
}
# Whether an object of kind Secret is in a file: its kind may stand behind its values, so the file is read ahead.
function holdsSecrets(file,   line, n, found) {
  while (!found && n++ < 4000 && (getline line < file) > 0)
    found = line ~ /(^|[^A-Za-z])kind\\*["']?[ \t]*:[ \t]*\\*["']?Secret(List)?([^A-Za-z-]|$)/
  close(file); return found
}
function indentOf(line) { match(line, /^[ \t]*(-[ \t]+)*/); return RLENGTH }
BEGIN { digester = "sha256sum | cut -d ' ' -f 1 | tr -d '\n'" }
FNR == 1 {
  if (NR > 1) print end; key = 0; was = ""; skip = 0; end = "#whole"; print "#file " FILENAME
  objects = holdsSecrets(FILENAME)
}
FNR > 4000 || length($0) > 16384 { end = "#cut"; next }
/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/ { key = 1; print "=REDACTED"; next }
key { if (/-----END/) key = 0; next }
# A value goes on in lines that are deeper than its key: of a block all of them, else those that are no key themselves.
skip && !/[^ \t\r]/ { print "="; next }
skip && indentOf($0) > depth && (skip == 2 ||
  !/^[ \t]*(- |[]{}[]|["']?[A-Za-z_.\/-][A-Za-z0-9_.\/-]*["']?[ \t]*:([ \t\r]|$))/) {
  match($0, /^[ \t]*/); print "=" (filled ? "" : substr($0, 1, RLENGTH) "REDACTED"); filled = 1; next
}
{ skip = below = ended = 0; depth = indentOf($0) }
# No name says of an object's values that they are secret: all of them are, and of what stands beside them in a line.
objects && match($0, /(^|[^A-Za-z])(data|stringData)\\*["']?[ \t]*:/) {
  rest = substr($0, RSTART + RLENGTH); skip = 2; filled = rest ~ /[^ \t\r]/; was = ""
  print "=" substr($0, 1, RSTART + RLENGTH - 1) (filled ? " REDACTED" : "")
  next
}
was == "flag" && /^[ \t]*-[ \t]+["']?[^-"'\/]/ || was == "name" && /^[ \t]*"?value"?:[ \t]*[^ \t]/ {
  was = ""; match($0, /^[ \t]*(-|"?value"?:)[ \t]*/); head = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
  skip = rest ~ /^[|>&!]/ ? 2 : 1; filled = 1
  if (match(rest, /^"([^"\\]|\\.)*"/)) print "=" head "\"REDACTED\"" hidden(substr(rest, RLENGTH + 1))
  else print "=" head "REDACTED"
  next
}
{ was = "" }
/name["']?:.*([Pp]ass|PASS|[Ss]ecret|SECRET|[Tt]oken|TOKEN|CREDENTIAL|_KEY)/ { was = "name" }
/^[ \t]*-[ \t]*["']?--[a-z-]*(token|password|secret)["']?[ \t]*$/ { was = "flag" }
{
  rest = $0; printf "="
  while (!ended && match(rest, /(^|[ \t{,[-])["']?secret["']?[ \t]*:[ \t]*/)) {
    head = substr(rest, 1, RSTART + RLENGTH - 1); rest = substr(rest, RSTART + RLENGTH)
    printf "%s", hidden(head)
    if (!ended) rest = secretOf(rest)
  }
  print ended ? "" : hidden(rest)
  skip = below; filled = ended
}
END { if (NR > 0) print end }`;

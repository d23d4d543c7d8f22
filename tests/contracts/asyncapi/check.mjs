// Reads each AsyncAPI document named on the command line with the official parser; exit 1 names what is wrong.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const ERROR = 0;
let wrong = 0;
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf8"));
  const errors = diagnostics.filter((d) => d.severity === ERROR);
  for (const d of errors) console.log(`${file}: ${d.path.join("/")}: ${d.message}`);
  if (errors.length || !document) wrong += 1;
  else console.log(`${file}: valid, ${document.operations().length} operations`);
}
process.exit(wrong ? 1 : 0);

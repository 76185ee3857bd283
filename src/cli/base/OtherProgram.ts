import * as Context from "effect/Context"

/** What follows `--` on the command line: another program and its arguments, in which hq looks for nothing of its own. */
export class OtherProgram extends Context.Reference<OtherProgram>()("hq/cli/OtherProgram", {
  defaultValue: (): ReadonlyArray<string> => []
}) {}
